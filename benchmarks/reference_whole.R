# What an analyst would otherwise write for the whole content that these packages carry: survival, cmprsk, geepack, lme4, survminer, officer.
# usage: Rscript reference_whole.R FOLDER OUT [estimates|all] [PERMUTATIONS BOOTSTRAPS]
# FOLDER holds outcomes.csv, cases.csv, periods.csv as this pipeline derived them: nothing is read in, checked or derived here.
# Writes OUT/estimates.csv, seconds.csv and, with `all`, figures (SVG, PNG at 300 dpi, PDF) and report.docx, report.html, tables.xlsx in two languages.
suppressPackageStartupMessages({library(survival); library(cmprsk); library(geepack); library(lme4); library(sandwich)})
arguments <- commandArgs(TRUE)
folder <- arguments[1]; out <- arguments[2]; what <- if (length(arguments) > 2) arguments[3] else "all"
permutations <- if (length(arguments) > 3) as.integer(arguments[4]) else 9999L
bootstraps <- if (length(arguments) > 4) as.integer(arguments[5]) else 1999L
dir.create(out, showWarnings = FALSE, recursive = TRUE)
started <- proc.time(); spent <- list()
lap <- function(name) { now <- proc.time(); d <- now - started; spent[[length(spent) + 1]] <<- data.frame(part = name, seconds = d[["elapsed"]], processor = sum(d[c(1, 2, 4, 5)], na.rm = TRUE)); started <<- now }
arms <- c("control", "intervention"); milestones <- c(42, 91, 182, 273)
cas <- c("other", "psychological", "musculoskeletal", "unknown")
outcomes <- read.csv(file.path(folder, "outcomes.csv"), stringsAsFactors = FALSE)
cases <- read.csv(file.path(folder, "cases.csv"), stringsAsFactors = FALSE)
periods <- read.csv(file.path(folder, "periods.csv"), stringsAsFactors = FALSE)
outcomes <- merge(outcomes[outcomes$status != "not_at_risk", c("case_id", "endpoint", "entry", "time", "status")], cases, by = "case_id", suffixes = c("", ".case"))
outcomes <- within(outcomes, {
  arm <- factor(arm, arms); cas_group <- factor(cas_group, cas); age_10 <- age / 10
  exit <- factor(status, c("censored", "event", "competing")); event <- as.integer(status == "event"); left <- as.integer(status == "competing")
})
lap("read")

rows <- list()
note <- function(analysis, measure, estimate, se = NA, level = "", time = NA)
  rows[[length(rows) + 1]] <<- data.frame(endpoint, population, origin, analysis, measure, level = as.character(level), time, estimate = as.numeric(estimate), se = as.numeric(se))
people <- function(endpoint, population) {
  d <- outcomes[outcomes$endpoint == endpoint, ]
  if (population == "itt") return(transform(d, t = time - entry, tau = 320))
  day <- as.integer(sub("landmark_", "", population))
  transform(d[d$time > day & d$entry <= day, ], t = time - day, tau = 365 - day)
}
ratio <- function(analysis, fit, row = 1) { s <- summary(fit)$coefficients; note(analysis, rownames(s)[row], exp(s[row, 1]), s[row, if ("robust se" %in% colnames(s)) 4 else 3]) }
proportional <- function(name, fit) { z <- cox.zph(fit)$table; note("ph_test", paste(name, rownames(z)), z[, 1]) }
curves <- function(d, by) {
  formula <- as.formula(paste("Surv(t, event) ~", by))
  fit <- do.call(survfit, list(formula, data = d, conf.type = "log-log"))
  s <- summary(fit, times = milestones, extend = TRUE)
  note("km", "survival", s$surv, s$std.err, s$strata, s$time)
  q <- quantile(fit, 0.5); note("km", "median", q$quantile[, 1], level = rownames(q$quantile))
  fit
}
interaction <- function(d, group) {
  counts <- table(d[[group]], d$arm, d$event)[, , "1"]
  d <- d[d[[group]] %in% rownames(counts)[apply(counts >= 10, 1, all)], ]
  if (length(unique(d[[group]])) < 2) return(NULL)
  d$g <- factor(d[[group]]); d$a <- as.integer(d$arm == "intervention")
  full <- coxph(Surv(t, event) ~ g + a:g + strata(organisation), d)
  small <- coxph(Surv(t, event) ~ g + a + strata(organisation), d)
  s <- summary(full)$coefficients; k <- grep(":a$", rownames(s)); note("cox_interaction", paste0(group, rownames(s)[k]), exp(s[k, 1]), s[k, 3])
  note("cox_interaction", paste(group, "statistic"), anova(small, full)$Chisq[2])
}
days_of <- function(d) { m <- summary(survfit(Surv(t, exit) ~ arm, d, se.fit = FALSE), rmean = d$tau[1])$table; d$tau[1] - m[grep("event$", rownames(m)), "rmean"] }
kept <- list(); models <- list()
for (endpoint in c("partial_rtw", "full_rtw", "sustained_rtw")) for (population in c("itt", "landmark_84", "landmark_91")) {
  d <- people(endpoint, population); tau <- d$tau[1]; origin <- if (population == "itt") "enrolment" else "landmark"
  groups <- if (population == "itt") c("arm", "cas_group", "arm + cas_group") else c("arm", "cas_group", "arm + cas_group", "fml_group", "arm + fml_group")
  d$fml_group <- if (population == "itt") d$fml_group_enrolment else d[[sub("landmark", "fml_group", population)]]
  for (by in groups) kept[[paste(endpoint, population, by)]] <- list(fit = curves(d, by), data = d)
  mean <- summary(kept[[paste(endpoint, population, "arm")]]$fit, rmean = tau)$table
  note("rmst", "rmst", mean[, "rmean"], mean[, "se(rmean)"], arms, tau)
  note("rmst", "rmst_difference", diff(mean[, "rmean"]), sqrt(sum(mean[, "se(rmean)"]^2)), time = tau)
  note("logrank", "logrank", survdiff(Surv(t, event) ~ arm, d)$chisq)
  note("logrank", "logrank_stratified", survdiff(Surv(t, event) ~ arm + strata(organisation), d)$chisq)
  incidence <- survfit(Surv(t, exit) ~ arm, d); kept[[paste(endpoint, population, "exits")]] <- list(fit = incidence, data = d)
  s <- summary(incidence, times = milestones, extend = TRUE)
  for (k in 2:3) note("cuminc", s$states[k], s$pstate[, k], s$std.err[, k], s$strata, s$time)
  note("cuminc", "gray", cuminc(d$t, as.integer(d$exit) - 1, d$arm)$Tests[1, 1])
  days <- days_of(d); note("days_not_returned", "mean", days, level = arms, time = tau)
  note("days_not_returned", "mean_difference", diff(days), time = tau)
  pseudos <- numeric(nrow(d))
  for (a in arms) pseudos[d$arm == a] <- tau - pseudo(survfit(Surv(t, exit) ~ 1, d[d$arm == a, ]), times = tau, type = "rmst")[, 2]
  flat <- lm(pseudos ~ arm + age_10 + male + cas_group + organisation, d)
  note("days_not_returned_adjusted", "mean_difference", coef(flat)[2], sqrt(vcovHC(flat, "HC3")[2, 2]), time = tau)
  note("days_not_returned", "unadjusted error", NA, sqrt(sum(tapply(pseudos, d$arm, function(x) var(x) / length(x)))))
  fg <- coxph(Surv(fgstart, fgstop, fgstatus) ~ arm, finegray(Surv(t, exit) ~ arm, d, etype = "event"), weights = fgwt, ties = "breslow", robust = FALSE)
  ratio("fine_gray", fg)
  ratio("cox_cause_specific", coxph(Surv(t, left) ~ arm, d))
  for (clock in if (population == "itt") c("enrolment", "t0") else "landmark") {
    origin <- clock
    d$from <- if (clock == "t0") d$entry else 0; d$to <- if (clock == "t0") d$time else d$t
    plain <- coxph(Surv(from, to, event) ~ arm, d); ratio("cox_unadjusted", plain); proportional("unadjusted", plain)
    adjusted <- coxph(Surv(from, to, event) ~ arm + age_10 + male + cas_group + strata(organisation), d)
    for (k in seq_along(coef(adjusted))) ratio("cox_adjusted", adjusted, k)
    proportional("adjusted", adjusted)
    ratio("cox_adjusted_clustered", coxph(Surv(from, to, event) ~ arm + age_10 + male + cas_group + strata(organisation) + cluster(cluster_id), d))
    without <- sapply(unique(d$cluster_id), function(g) coef(coxph(Surv(from, to, event) ~ arm + age_10 + male + cas_group + strata(organisation), d[d$cluster_id != g, ]))[1])
    note("cox_adjusted_jackknife", "armintervention", exp(coef(adjusted)[1]), sqrt((length(without) - 1) / length(without) * sum((without - coef(adjusted)[1])^2)))
    models[[paste(endpoint, population, clock)]] <- list(fit = adjusted, plain = plain, data = d)
    if (clock == "t0") {
      pieces <- survSplit(Surv(from, to, event) ~ arm, d, cut = 84, episode = "piece", start = "from", end = "to")
      for (k in 1:2) ratio("cox_piecewise", coxph(Surv(from, to, event) ~ arm, pieces[pieces$piece == k, ]))
    }
  }
  if (population != "itt") for (group in c("cas_group", "fml_group")) interaction(d, group)
}
lap("estimates: curves, tests and models of return")

# AO% per day of every case (0 once recovered), means of 28 days, followed through
endpoint <- "ao_percent"
ao <- matrix(NA_real_, nrow(cases), 365, dimnames = list(cases$case_id, NULL))
first <- pmax(periods$first_day, 0); last <- pmin(periods$last_day, 364); held <- first <= last & periods$case_id %in% cases$case_id
span <- last[held] - first[held] + 1
ao[cbind(rep(match(periods$case_id[held], cases$case_id), span), sequence(span, first[held]) + 1)] <- rep(periods$ao_percent[held], span)
means <- list()
for (population in c("itt", "landmark_84")) {
  origin <- if (population == "itt") "enrolment" else "landmark"
  chosen <- which(cases$case_id %in% people("full_rtw", population)$case_id)
  start <- if (population == "itt") cases$entry[chosen] else rep(84, length(chosen))
  long <- do.call(rbind, lapply(0:(if (population == "itt") 10 else 9), function(p) {
    day <- outer(start + 28 * p, 0:27, `+`); inside <- day[, 28] <= 364
    value <- rep(NA_real_, length(chosen))
    value[inside] <- rowMeans(matrix(ao[cbind(rep(chosen[inside], 28), as.vector(day[inside, ]) + 1)], ncol = 28))
    data.frame(id = chosen, p = p, y = value, arm = factor(cases$arm[chosen], arms), organisation = cases$organisation[chosen])
  }))
  long <- long[!is.na(long$y), ]; long <- long[order(long$id, long$p), ]
  means[[population]] <- long
  long$a <- as.integer(long$arm == "intervention")
  for (term in c("a", "I(a * p)")) {
    model <- if (term == "a") y ~ factor(p) + organisation + a else y ~ factor(p) + organisation + a + I(a * p)
    s <- summary(geeglm(model, data = long, id = id, corstr = "exchangeable"))$coefficients
    note("ao_gee", term, s[term, 1], s[term, 2])
    s <- summary(suppressWarnings(suppressMessages(lmer(update(model, . ~ . + (p | id)), long))))$coefficients
    note("ao_mixed", term, s[term, 1], s[term, 2])
  }
}
lap("estimates: models of AO%")

endpoint <- "full_rtw"; population <- "landmark_84"; origin <- "landmark"
d <- people(endpoint, population); tau <- d$tau[1]; observed <- diff(days_of(d))
if (permutations > 0) {
  drawn <- replicate(permutations, diff(days_of(transform(d, arm = ave(as.integer(arm), organisation, FUN = sample) |> factor(1:2, arms)))))
  note("rerandomisation", "p", mean(c(TRUE, abs(drawn) >= abs(observed) - 1e-9)))
}
lap("estimates: re-randomisation")
if (bootstraps > 0) {
  strata <- split(seq_len(nrow(d)), list(d$arm, d$organisation), drop = TRUE)
  again <- replicate(bootstraps, { i <- unlist(lapply(strata, function(s) s[sample.int(length(s), replace = TRUE)]))
    c(diff(days_of(d[i, ])), coef(coxph(Surv(t, event) ~ arm + age_10 + male + cas_group + strata(organisation), d[i, ]))[1]) })
  note("days_not_returned_bootstrap", "mean_difference", observed, sd(again[1, ])); note("cox_adjusted_bootstrap", "hazard_ratio", NA, sd(again[2, ], na.rm = TRUE))
}
lap("estimates: bootstrap")
estimates <- do.call(rbind, rows)
write.csv(estimates, file.path(out, "estimates.csv"), row.names = FALSE)

if (what == "all") {
  suppressPackageStartupMessages({library(ggplot2); library(survminer); library(officer); library(openxlsx)})
  words <- list(
    nl = list(arms = c("controle", "interventie"), time = "Dagen", y = "Nog niet teruggekeerd", ao = "Gemiddeld AO%", left = "Kans", hr = "Verhouding van kansen", title = "Resultaten van de pilot",
              tables = c(km = "Curven", models = "Modellen", tests = "Toetsen", means = "Gemiddelden"), risk = "Nog at risk"),
    en = list(arms = c("control", "intervention"), time = "Days", y = "Not yet returned", ao = "Mean AO%", left = "Probability", hr = "Hazard ratio", title = "Results of the pilot",
              tables = c(km = "Curves", models = "Models", tests = "Tests", means = "Means"), risk = "At risk"))
  colours <- c("#C75000", "#004F87")
  drawings <- function(w) {
    drawn <- list()
    for (population in c("landmark_84", "itt")) for (endpoint in c("full_rtw", "partial_rtw", "sustained_rtw")) {
      k <- kept[[paste(endpoint, population, "arm")]]
      drawn[[paste0("km_", endpoint, "_", population)]] <- ggsurvplot(k$fit, data = k$data, risk.table = TRUE, conf.int = TRUE, pval = TRUE, palette = colours,
        legend.labs = w$arms, xlab = w$time, ylab = w$y, risk.table.title = w$risk)
    }
    for (group in c("cas_group", "fml_group")) { k <- kept[[paste("full_rtw landmark_84", group)]]
      drawn[[paste0("km_", group)]] <- ggsurvplot(k$fit, data = k$data, risk.table = TRUE, conf.int = TRUE, xlab = w$time, ylab = w$y, risk.table.title = w$risk) }
    k <- kept[["full_rtw landmark_84 exits"]]
    drawn$exits <- ggcompetingrisks(k$fit, conf.int = FALSE, xlab = w$time, ylab = w$left)
    a <- summary(k$fit, times = 0:281, extend = TRUE)
    d <- data.frame(t = a$time, arm = factor(a$strata, labels = w$arms), y = 1 - a$pstate[, 2], low = 1 - a$upper[, 2], high = 1 - a$lower[, 2])
    drawn$not_returned <- ggplot(d, aes(t, y, colour = arm, fill = arm)) + geom_ribbon(aes(ymin = low, ymax = high), alpha = 0.15, colour = NA) + geom_step() +
      scale_colour_manual(values = colours) + scale_fill_manual(values = colours) + labs(x = w$time, y = w$y) + theme_classic()
    for (population in names(means)) {
      m <- aggregate(y ~ p + arm, means[[population]], function(x) c(mean(x), sd(x) / sqrt(length(x)))); m <- cbind(m[1:2], as.data.frame(m$y))
      drawn[[paste0("ao_", population)]] <- ggplot(m, aes(28 * p, V1, colour = arm, fill = arm)) + geom_ribbon(aes(ymin = V1 - 1.96 * V2, ymax = V1 + 1.96 * V2), alpha = 0.15, colour = NA) +
        geom_line() + geom_point() + scale_colour_manual(values = colours, labels = w$arms) + scale_fill_manual(values = colours, labels = w$arms) + labs(x = w$time, y = w$ao) + theme_classic()
    }
    main <- models[["full_rtw landmark_84 landmark"]]; d <<- main$data # models look their data up by this name
    f <- estimates[estimates$endpoint == "full_rtw" & estimates$population == "landmark_84" & estimates$analysis %in% c("cox_unadjusted", "cox_adjusted", "cox_interaction") & !is.na(estimates$se), ]
    drawn$forest <- ggplot(f, aes(estimate, paste(analysis, measure))) + geom_vline(xintercept = 1, linetype = 2) + geom_point(shape = 15) +
      geom_errorbarh(aes(xmin = estimate * exp(-1.96 * se), xmax = estimate * exp(1.96 * se)), height = 0.2) + scale_x_log10() + labs(x = w$hr, y = NULL) + theme_classic()
    drawn$constancy <- ggcoxzph(cox.zph(main$plain))[[1]]
    drawn$adjusted <- ggadjustedcurves(main$fit, variable = "arm", data = as.data.frame(main$data), method = "conditional", palette = colours) + labs(x = w$time, y = w$y)
    drawn
  }
  bodies <- list()
  for (language in names(words)) {
    w <- words[[language]]; place <- file.path(out, "figures", language); dir.create(place, showWarnings = FALSE, recursive = TRUE)
    drawn <- drawings(w)
    for (name in names(drawn)) for (device in c("svg", "png", "pdf")) {
      file <- file.path(place, paste0(name, ".", device))
      switch(device, svg = svg(file, 6.7, 5), png = png(file, 6.7, 5, units = "in", res = 300), pdf = pdf(file, 6.7, 5))
      print(drawn[[name]]); invisible(dev.off())
    }
    lap(paste("figures,", language))
    parts <- list(km = estimates[estimates$analysis %in% c("km", "cuminc"), ], models = estimates[grepl("cox|gray|gee|mixed", estimates$analysis), ],
                  tests = estimates[estimates$analysis %in% c("logrank", "ph_test", "rerandomisation"), ], means = estimates[grepl("rmst|days", estimates$analysis), ])
    tables <- lapply(parts, function(p) { p$estimate <- round(p$estimate, 3); p$se <- round(p$se, 3)
      if (language == "nl") for (n in c("estimate", "se")) p[[n]] <- sub(".", ",", format(p[[n]]), fixed = TRUE); p[!is.na(p$endpoint), ] })
    names(tables) <- w$tables
    short <- lapply(tables, function(p) p[p$population != "landmark_91" & !(p$analysis == "km" & grepl("group", p$level)), ]) # the rest is in the workbook
    suffix <- if (language == "nl") "" else ".en"
    doc <- body_add_par(read_docx(), w$title, style = "heading 1")
    for (name in names(short)) doc <- body_add_table(body_add_par(doc, name, style = "heading 2"), short[[name]], style = "table_template")
    for (name in names(drawn)) doc <- body_add_img(body_add_par(doc, name, style = "heading 2"), file.path(place, paste0(name, ".png")), width = 6.3, height = 4.7)
    print(doc, target = file.path(out, paste0("report", suffix, ".docx")))
    lap(paste("Word,", language))
    page <- file.path(out, paste0("report", suffix, ".Rmd"))
    writeLines(c("---", paste0("title: ", w$title), "---", "```{r, echo=FALSE, results='asis'}", "for (n in names(short)) { cat('\\n\\n## ', n, '\\n\\n'); print(knitr::kable(short[[n]], row.names = FALSE)) }",
                 "```", paste0("![](", normalizePath(file.path(place, paste0(names(drawn), ".svg"))), ")\n")), page)
    rmarkdown::render(page, "html_document", quiet = TRUE)
    lap(paste("HTML,", language))
    write.xlsx(tables, file.path(out, paste0("tables", suffix, ".xlsx")))
    lap(paste("workbook,", language))
  }
}
write.csv(do.call(rbind, spent), file.path(out, "seconds.csv"), row.names = FALSE)
