# Writes pipeline/expected.csv: the core set of the analysis plan, computed by R for the people in pipeline/people_*.csv.
# Run from tests/reference: Rscript r/pipeline.R   (survival 3.5.3; Efron ties; eps = 1e-14)
#
# A row per result, keyed as in the results store. R computes whatever it can; whether the plan calls the result
# estimable is decided by the test from the facts beside it:
#   at_risk       people at risk at `time` (the fewest over the arms where arms are compared)
#   settled       1 when nobody is left waiting for an event at `time`
#   fewest        events in the arm (level) with the fewest
#   leaving       competing exits in the arm with the fewest
library(survival)
library(cmprsk)
options(digits = 17)
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
z <- qnorm(0.975)

ENDPOINTS <- c("partial_rtw", "full_rtw", "sustained_rtw")
ARMS <- c("intervention", "control")
CAS <- c("psychological", "musculoskeletal", "other", "unknown")
FML <- c("mental", "physical", "mental_and_physical", "hours_only", "none", "not_assessed")
MILESTONES <- c(42, 91, 182, 273)
TERMS <- c(arm = "", age_10 = "age_10", male = "male", psychological = "cas_group[psychological]",
  musculoskeletal = "cas_group[musculoskeletal]", unknown = "cas_group[unknown]")

rows <- list()
where <- list()
put <- function(analysis, measure, group_by, level, term = "", time = NA, estimate = NA, se = NA, ci_low = NA,
                ci_high = NA, statistic = NA, df = NA, p_value = NA, n = NA, n_events = NA, at_risk = NA,
                settled = NA, fewest = NA, leaving = NA) {
  numbers <- lapply(list(time = time, estimate = estimate, se = se, ci_low = ci_low, ci_high = ci_high,
    statistic = statistic, df = df, p_value = p_value, n = n, n_events = n_events, at_risk = at_risk,
    settled = settled, fewest = fewest, leaving = leaving), as.numeric)
  rows[[length(rows) + 1]] <<- data.frame(where, analysis, measure, group_by, level, term, numbers)
}
p_of <- function(z_value) 2 * pnorm(-abs(z_value))
events_by_arm <- function(d) min(sum(d$event[d$intervention == 1]), sum(d$event[d$intervention == 0]))

km_level <- function(d, group_by, level) {
  n <- nrow(d); events <- sum(d$event)
  fit <- if (n > 0) survfit(Surv(time, event) ~ 1, data = d, conf.type = "log-log")
  for (day in MILESTONES) {
    at_risk <- sum(d$time >= day)
    s <- if (n > 0) summary(fit, times = day, extend = TRUE) else list(surv = NA, std.err = NA, lower = NA, upper = NA)
    inside <- !is.na(s$surv) && s$surv > 0 && s$surv < 1  # no interval at 0 or 1
    put("km", "survival", group_by, level, time = day, estimate = s$surv, se = if (s$surv %in% 0) NA else s$std.err,
      ci_low = if (inside) s$lower else NA, ci_high = if (inside) s$upper else NA, n = n, n_events = events,
      at_risk = at_risk, fewest = events)
    put("km", "n_at_risk", group_by, level, time = day, estimate = at_risk, n = n, n_events = events)
  }
  q <- if (n > 0) quantile(fit, 0.5) else list(quantile = NA, lower = NA, upper = NA)
  put("km", "median", group_by, level, estimate = q$quantile, ci_low = q$lower, ci_high = q$upper, n = n,
    n_events = events, fewest = events)
}

curves <- function(d, groupings) {
  for (group_by in names(groupings)) for (level in groupings[[group_by]]) {
    member <- rep(TRUE, nrow(d))
    values <- strsplit(level, ":")[[1]]
    names <- strsplit(group_by, "*", fixed = TRUE)[[1]]
    for (k in seq_along(names)) member <- member & d[[names[k]]] == values[k]
    km_level(d[member, ], group_by, level)
  }
}

means <- function(d, tau) {
  for (analysis in c("days_not_returned", "rmst")) {
    measure <- if (analysis == "rmst") "rmst" else "mean"
    found <- lapply(ARMS, function(arm) {
      d <- d[d$arm == arm, ]
      if (analysis == "rmst") {
        m <- survival:::survmean(survfit(Surv(time, event) ~ 1, data = d), rmean = tau)$matrix
        estimate <- m[["rmean"]]; waiting <- d$event == 0 | d$time > tau
      } else {
        fit <- survfit(Surv(time, how) ~ 1, data = d, influence = TRUE)
        m <- summary(fit, rmean = tau)$table["event", ]
        estimate <- tau - m[["rmean"]]; waiting <- d$how == "censored" | d$time > tau
      }
      # The curve is 0 when the last who left before tau had the event and nobody was censored that day or later.
      last <- max(d$time[!waiting], -Inf)
      list(estimate = estimate, se = m[["se(rmean)"]], n = nrow(d), events = sum(d$event), at_risk = sum(d$time >= tau),
        settled = as.numeric(!any(waiting & d$time >= last)), early = sum(d$event[d$time <= tau]))
    })
    for (k in 1:2) with(found[[k]], put(analysis, measure, "arm", ARMS[k], time = tau, estimate = estimate, se = se,
      ci_low = estimate - z * se, ci_high = estimate + z * se, n = n, n_events = events, at_risk = at_risk,
      settled = settled, fewest = early))
    a <- found[[1]]; b <- found[[2]]
    estimate <- a$estimate - b$estimate; se <- sqrt(a$se^2 + b$se^2)
    supported <- function(x) x$settled == 1 || x$at_risk >= 5
    put(analysis, paste0(measure, "_difference"), "arm", "intervention - control", time = tau, estimate = estimate,
      se = se, ci_low = estimate - z * se, ci_high = estimate + z * se, statistic = estimate / se,
      p_value = p_of(estimate / se), n = a$n + b$n, n_events = a$events + b$events, at_risk = min(a$at_risk, b$at_risk),
      settled = as.numeric(supported(a) && supported(b)), fewest = min(a$early, b$early))
  }
}

tests <- function(d) {
  for (measure in c("logrank", "logrank_stratified")) {
    f <- if (measure == "logrank") Surv(time, event) ~ arm else Surv(time, event) ~ arm + strata(organisation)
    fit <- survdiff(f, data = d)
    put("logrank", measure, "arm", "all", estimate = fit$chisq, statistic = fit$chisq, df = 1,
      p_value = pchisq(fit$chisq, 1, lower.tail = FALSE), n = nrow(d), n_events = sum(d$event), fewest = events_by_arm(d))
  }
}

ratio <- function(fit, column, ...) {
  b <- coef(fit)[[column]]; se <- sqrt(vcov(fit)[column, column])
  put(..., estimate = exp(b), se = se, ci_low = exp(b - z * se), ci_high = exp(b + z * se), statistic = b / se, p_value = p_of(b / se))
}

cox_models <- function(d) {
  n <- nrow(d); events <- sum(d$event); fewest <- events_by_arm(d)
  fit <- coxph(Surv(start, time, event) ~ intervention, data = d, ties = "efron", control = tight)
  ratio(fit, "intervention", "cox_unadjusted", "hazard_ratio", "arm", "intervention / control", n = n, n_events = events, fewest = fewest)
  proportional(fit, "ph_unadjusted", d)
  # In the thin set a coefficient runs to minus infinity, of which coxph warns; the others are at their limit.
  fit <- suppressWarnings(coxph(Surv(start, time, event) ~ intervention + age_10 + male + psychological +
    musculoskeletal + unknown + strata(organisation), data = d, ties = "efron", control = tight))
  for (k in seq_along(TERMS)) {
    column <- names(coef(fit))[k]
    arm <- k == 1
    own <- if (names(TERMS)[k] %in% CAS) sum(d$event[d$cas_group == names(TERMS)[k]]) else fewest
    ratio(fit, column, "cox_adjusted", "hazard_ratio", if (arm) "arm" else "all", if (arm) "intervention / control" else "all",
      term = TERMS[[k]], n = n, n_events = events, fewest = min(own, fewest))
  }
  adjusted <- Surv(start, time, event) ~ intervention + age_10 + male + psychological + musculoskeletal + unknown +
    strata(organisation)
  clustered(suppressWarnings(coxph(adjusted, data = d, cluster = cluster_id, ties = "efron", control = tight)), d)
  if (where$set == "thin") return(invisible())  # a column without a finite coefficient: cox.zph is singular
  d$cas_group <- relevel(factor(d$cas_group), "other")
  fit <- coxph(Surv(start, time, event) ~ intervention + age_10 + male + cas_group + strata(organisation), data = d,
    ties = "efron", control = tight)
  proportional(fit, "ph_adjusted", d)
}

piecewise <- function(d) {
  d$row <- seq_len(nrow(d))
  long <- survSplit(Surv(start, time, event) ~ ., data = d, cut = 84, episode = "interval")
  long <- long[long$time <= 365, ]
  long$early <- long$intervention * (long$interval == 1)
  long$late <- long$intervention * (long$interval == 2)
  fit <- coxph(Surv(start, time, event) ~ early + late, data = long, ties = "efron", control = tight)
  for (k in 1:2) {
    part <- long[long$interval == k, ]
    ratio(fit, c("early", "late")[k], "cox_piecewise", "hazard_ratio", "arm", "intervention / control",
      time = c(0, 84)[k], n = nrow(part), n_events = sum(part$event), fewest = events_by_arm(part))
  }
}

interaction_of <- function(d, name, levels) {
  counts <- sapply(levels, function(g) events_by_arm(d[d[[name]] == g, ]))
  enough <- levels[counts >= 10]
  part <- d[d[[name]] %in% enough, ]
  part$group <- factor(part[[name]], enough)
  group_by <- paste0("arm*", name)
  dummies <- paste0("effect_", seq_along(enough))
  for (k in seq_along(enough)) part[[dummies[k]]] <- part$intervention * (part$group == enough[k])
  main <- if (length(enough) > 1) "group"
  fit_of <- function(terms) coxph(reformulate(c(terms, main, "strata(organisation)"), "Surv(time, event)"), data = part,
    ties = "efron", control = tight)
  fit <- if (length(enough)) fit_of(dummies)
  for (g in levels) {
    own <- d[d[[name]] == g, ]
    level <- paste("intervention / control @", g)
    if (g %in% enough) {
      ratio(fit, dummies[match(g, enough)], "cox_interaction", "hazard_ratio", group_by, level, n = nrow(own), n_events = sum(own$event), fewest = counts[[g]])
    } else {
      put("cox_interaction", "hazard_ratio", group_by, level, n = nrow(own), n_events = sum(own$event), fewest = counts[[g]])
    }
  }
  about <- list("cox_interaction", "interaction", group_by, "all", n = nrow(part), n_events = sum(part$event), df = length(enough) - 1)
  if (length(enough) < 2) return(do.call(put, modifyList(about, list(df = NA))))
  lr <- 2 * (fit$loglik[2] - fit_of("intervention")$loglik[2])
  do.call(put, c(about, estimate = lr, statistic = lr, p_value = pchisq(lr, length(enough) - 1, lower.tail = FALSE)))
}

leaving_by_arm <- function(d) min(table(factor(d$arm, ARMS), d$how)[, "leaving"])

exits <- function(d) {
  n <- nrow(d); events <- sum(d$event)
  for (arm in ARMS) {
    own <- d[d$arm == arm, ]
    fit <- survfit(Surv(time, how) ~ 1, data = own)
    for (cause in c("event", "leaving")) {
      count <- sum(own$how == cause)
      for (day in MILESTONES) {
        s <- summary(fit, times = day, extend = TRUE)
        column <- match(cause, fit$states)
        p <- s$pstate[1, column]; se <- s$std.err[1, column]
        inside <- p > 0 && p < 1  # no interval at 0 or 1
        spread <- z * se / (p * log(p))
        put("cuminc", if (cause == "event") "cumulative_incidence" else "cumulative_incidence_leaving", "arm", arm,
          time = day, estimate = p, se = se, ci_low = if (inside) p^exp(-spread) else NA,
          ci_high = if (inside) p^exp(spread) else NA, n = nrow(own), n_events = count, at_risk = sum(own$time >= day),
          fewest = count)
      }
    }
  }
  code <- c(censored = 0, event = 1, leaving = 2)[as.character(d$how)]
  facts <- list(n = n, n_events = events, fewest = events_by_arm(d), leaving = leaving_by_arm(d))
  test <- cuminc(d$time, code, d$arm)$Tests["1", ]
  do.call(put, c(list("cuminc", "gray", "arm", "all", estimate = test[["stat"]], statistic = test[["stat"]], df = 1,
    p_value = test[["pv"]]), facts))
  fit <- crr(d$time, code, cbind(d$intervention), gtol = 1e-12, maxiter = 100)
  b <- fit$coef[[1]]; se <- sqrt(fit$var[1, 1])
  do.call(put, c(list("fine_gray", "subdistribution_hazard_ratio", "arm", "intervention / control", estimate = exp(b),
    se = se, ci_low = exp(b - z * se), ci_high = exp(b + z * se), statistic = b / se, p_value = p_of(b / se)), facts))
  fit <- coxph(Surv(start, time, how == "leaving") ~ intervention, data = d, ties = "efron", control = tight)
  ratio(fit, "intervention", "cox_cause_specific", "hazard_ratio_leaving", "arm", "intervention / control", n = n,
    n_events = sum(d$how == "leaving"), fewest = leaving_by_arm(d))
}

proportional <- function(fit, measure, d) {
  found <- cox.zph(fit, transform = "km")$table
  for (name in rownames(found)) {
    arm <- name == "intervention"
    put("ph_test", measure, if (arm) "arm" else "all", "all", term = if (arm) "" else tolower(name),
      estimate = found[name, "chisq"], statistic = found[name, "chisq"], df = found[name, "df"],
      p_value = found[name, "p"], n = nrow(d), n_events = sum(d$event), fewest = events_by_arm(d))
  }
}

clustered <- function(fit, d) {
  se <- sqrt(diag(vcov(fit)))
  count <- length(unique(d$cluster_id))
  for (k in seq_along(TERMS)) {
    arm <- k == 1
    own <- if (names(TERMS)[k] %in% CAS) sum(d$event[d$cas_group == names(TERMS)[k]]) else events_by_arm(d)
    ratio(fit, names(coef(fit))[k], "cox_adjusted_clustered", "hazard_ratio", if (arm) "arm" else "all",
      if (arm) "intervention / control" else "all", term = TERMS[[k]], n = nrow(d), n_events = sum(d$event),
      fewest = min(own, events_by_arm(d)))
  }
  b <- coef(fit)[[1]]; se <- se[[1]] * sqrt(count / (count - 1)); t <- qt(0.975, count - 1)
  put("cox_adjusted_clustered_t", "hazard_ratio", "arm", "intervention / control", estimate = exp(b), se = se,
    ci_low = exp(b - t * se), ci_high = exp(b + t * se), statistic = b / se, df = count - 1,
    p_value = 2 * pt(-abs(b / se), count - 1), n = nrow(d), n_events = sum(d$event), fewest = events_by_arm(d))
}

crossed <- function(levels) as.vector(t(outer(ARMS, levels, paste, sep = ":")))
by_cas <- list(arm = ARMS, cas_group = CAS, `arm*cas_group` = crossed(CAS))
by_fml <- c(by_cas, list(fml_group = FML, `arm*fml_group` = crossed(FML)))

core_set <- function(d, name, origin, tau, day = NA) {
  where$population <<- name
  where$origin <<- origin
  if (origin == "t0") {
    cox_models(d)
    piecewise(d)
    return(invisible())
  }
  landmark <- origin == "landmark"
  if (where$set != "large") curves(d, if (landmark) by_fml else by_cas)  # the two others hold curves enough
  means(d, tau)
  tests(d)
  exits(d)
  cox_models(d)
  if (landmark) {
    interaction_of(d, "cas_group", CAS)
    interaction_of(d, "fml_group", FML)
  }
}

for (file in sort(list.files("pipeline", pattern = "^people_"))) {
  people <- read.csv(file.path("pipeline", file))
  people$intervention <- as.numeric(people$arm == "intervention")
  people$age_10 <- people$age / 10
  for (g in CAS) people[[g]] <- as.numeric(people$cas_group == g)
  for (endpoint in ENDPOINTS) {
    where <- list(set = sub("people_(.*)\\.csv", "\\1", file), endpoint = endpoint)
    d <- people
    status <- d[[paste0(endpoint, "_status")]]
    d$time <- d[[paste0(endpoint, "_time")]]
    d$event <- as.numeric(status == "event")
    d$how <- factor(status, c("censored", "event", "competing"), c("censored", "event", "leaving"))
    d <- d[status != "not_at_risk", ]
    core_set(transform(d, start = 0, time = time - entry), "itt", "enrolment", 320)
    core_set(transform(d, start = entry), "itt", "t0", 365)
    for (day in c(84, 91)) {
      part <- transform(d[d$time > day & d$entry <= day, ], start = 0, time = time - day)
      part$fml_group <- part[[paste0("fml_group_", day)]]
      core_set(part, paste0("landmark_", day), "landmark", 365 - day)
    }
  }
}

table <- do.call(rbind, rows)
numbers <- vapply(table, is.double, TRUE)
table[numbers] <- lapply(table[numbers], function(x) ifelse(is.finite(x), formatC(x, digits = 17, format = "g", width = 1), ""))
write.csv(table, file.path("pipeline", "expected.csv"), row.names = FALSE, quote = FALSE, na = "")
