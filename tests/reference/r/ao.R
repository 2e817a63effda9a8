# Writes ao/expected.csv: AO% over time from the delivered tables ao/*.csv, on a path of single days that this script makes
# by itself. Run from tests/reference: Rscript r/ao.R   (survival 3.5.3, nlme 3.1.162, lme4 1.1.31, geepack 1.3.9)
#
# Occupation: survfit of a multi-state response. Models: GEE by its definition, held against geepack; nlme and lme4.
# `wide` is a number beside which a reader may hold ours, not a reference: geepack with its own correlation.
suppressPackageStartupMessages({ library(survival); library(nlme); library(lme4); library(geepack) })
options(digits = 17)
CUTOFF <- as.numeric(as.Date("2022-12-31")); GAP <- 28; SUSTAINED <- 28
COMPETING <- c("employment_end", "ill_health_retirement", "retirement", "death")
CLOCKS <- list(itt = list(day = NA, horizon = 320), landmark_84 = list(day = 84, horizon = 281))
MILESTONES <- c(42, 91, 182, 273); AO_WEEKS <- c(6, 13, 26, 52)
rows <- list()
put <- function(...) rows[[length(rows) + 1]] <<- data.frame(set = set, population = population, ...)
days <- function(x) as.numeric(as.Date(x))
read_one <- function(table) read.csv(file.path("ao", paste0(set, "_", table, ".csv")), na.strings = "")

# One person: first absence day, entry, last known day, whether they leave, AO% of each day 0 .. K. NULL: not analysed.
person <- function(who, case, spells, changes) {
  spells <- spells[order(spells$first), ]
  enrolled <- days(who$enrolment_date)
  begun <- c(TRUE, spells$first[-1] - spells$back[-nrow(spells)] >= GAP)
  merged <- cumsum(begun)
  inside <- which(spells$first <= enrolled & enrolled < spells$back)
  if (!length(inside)) return(NULL)
  t0 <- min(spells$first[merged == merged[inside]])
  end <- days(case$followup_end_date); if (is.na(end)) end <- Inf
  K <- min(CUTOFF, end) - t0
  if (K < 0) return(NULL)
  ao <- numeric(K + 1)
  for (d in 0:K) {
    s <- which(spells$first <= t0 + d & t0 + d < spells$back)
    if (!length(s)) next
    known <- changes[changes$day >= spells$first[s] & changes$day <= t0 + d, ]
    ao[d + 1] <- if (nrow(known)) known$ao_percent[which.max(known$day)] else 100
  }
  list(id = who$case_id, arm = who$arm, place = who$organisation, entry = max(0, enrolled - t0), K = K, ao = ao,
    leaves = end <= CUTOFF && case$followup_end_reason %in% COMPETING && K <= 365)
}

read_people <- function() {
  allocation <- read_one("allocation"); cases <- read_one("cases")
  spells <- read_one("absence_spells"); changes <- read_one("ao_percent")
  spells$first <- days(spells$first_absence_date); spells$back <- days(spells$return_date)
  spells$back[is.na(spells$back)] <- Inf; changes$day <- days(changes$valid_from)
  found <- lapply(seq_len(nrow(allocation)), function(k) {
    id <- allocation$case_id[k]
    person(allocation[k, ], cases[cases$case_id == id, ], spells[spells$case_id == id, ], changes[changes$case_id == id, ])
  })
  Filter(Negate(is.null), found)
}

# Who is in a population of full return: absent on the entry day, followed beyond it; from a landmark still absent then.
at_risk <- function(p, start) {
  known <- min(365, p$K)
  if (known <= p$entry || p$ao[p$entry + 1] == 0) return(FALSE)
  if (is.na(start)) return(TRUE)
  later <- seq_len(known)[seq_len(known) > p$entry]
  back <- later[p$ao[later + 1] == 0]
  p$entry <= start && (if (length(back)) back[1] else known) > start
}

# --- states -----------------------------------------------------------------------------------------------------------
state_of <- function(p) {  # of each day, as the definitions divide absence and work
  run <- 0; fine <- character(length(p$ao))
  for (k in seq_along(p$ao)) {
    run <- if (p$ao[k] == 0) run + 1 else 0
    fine[k] <- if (p$ao[k] >= 100) "absent" else if (p$ao[k] > 0) "partial" else if (run <= SUSTAINED) "returned" else "recovered"
  }
  fine
}

stays <- function(p, start, horizon) {  # rows of runs in one state, on the clock
  last <- min(p$K - start, horizon + 1)
  coarse <- ifelse(p$ao > 0, "absence", "work")[(start + 1):(start + last + 1)]  # of the days 0 .. last
  left <- p$leaves && p$K - start == last
  ends <- which(coarse[-1] != coarse[-length(coarse)])
  if (left) ends <- setdiff(ends, last)  # what the path says of the day of leaving is no state any more
  stop <- unique(c(ends, last))
  to <- coarse[stop + 1]
  if (!(last %in% ends)) to[length(to)] <- if (left) "left" else "censored"
  data.frame(id = p$id, start = c(0, stop[-length(stop)]), stop, from = coarse[c(1, stop[-length(stop)] + 1)], to)
}

occupation <- function(people, start_of, horizon, arm) {
  d <- do.call(rbind, lapply(people, function(p) stays(p, start_of(p), horizon)))
  STATES <- c("absence", "work", "left")
  d$now <- factor(d$from, STATES); d$to <- factor(d$to, c("censored", STATES))
  fit <- survfit(Surv(start, stop, to) ~ 1, data = d, id = id, istate = now, influence = TRUE)
  at <- summary(fit, times = MILESTONES, extend = TRUE)
  for (s in fit$states) {
    k <- match(s, fit$states)
    for (m in seq_along(MILESTONES)) {
      put("state_occupation", "probability", arm, s, MILESTONES[m], at$pstate[m, k], at$std.err[m, k])
    }
  }
  table <- summary(fit, rmean = horizon)$table
  for (s in rownames(table)) put("state_occupation", "days", arm, s, horizon, table[s, "rmean"], table[s, "se(rmean)"])
  # AO-weighted days: share in absence on a day (survfit) x mean AO% of those observed in absence that day.
  share <- summary(fit, times = 0:(horizon - 1), extend = TRUE)$pstate[, match("absence", fit$states)]
  fine <- lapply(people, state_of); split <- matrix(0, horizon, 5)
  for (t in 0:(horizon - 1)) {
    seen <- Filter(function(k) people[[k]]$K - start_of(people[[k]]) > t, seq_along(people))
    value <- vapply(seen, function(k) people[[k]]$ao[start_of(people[[k]]) + t + 1], 0)
    state <- vapply(seen, function(k) fine[[k]][start_of(people[[k]]) + t + 1], "")
    if (any(value > 0)) split[t + 1, 1:3] <- c(mean(value[value > 0]) / 100, mean(state[value > 0] == "absent"), mean(state[value > 0] == "partial"))
    else if (t > 0) split[t + 1, 1:3] <- split[t, 1:3]
    if (any(value == 0)) split[t + 1, 4:5] <- c(mean(state[value == 0] == "returned"), mean(state[value == 0] == "recovered"))
    else if (t > 0) split[t + 1, 4:5] <- split[t, 4:5]
  }
  at_work <- summary(fit, times = 0:(horizon - 1), extend = TRUE)$pstate[, match("work", fit$states)]
  put("ao_days", "ao_days", arm, "", horizon, sum(share * split[, 1]), NA)
  fine_days <- c(absent = sum(share * split[, 2]), partial = sum(share * split[, 3]),
    returned = sum(at_work * split[, 4]), recovered = sum(at_work * split[, 5]))
  for (s in names(fine_days)) put("state_occupation", "days", arm, s, horizon, fine_days[[s]], NA)
}

# --- AO% at weeks: means by arm and Welch's test ----------------------------------------------------------------------
weeks <- function(people, first) {
  for (week in AO_WEEKS) {
    day <- 7 * (week - 1)
    if (day < first) next
    seen <- Filter(function(p) p$K >= day + 6 && p$entry <= max(day, first), people)
    value <- vapply(seen, function(p) mean(p$ao[day + 1:7]), 0)
    before <- vapply(seen, function(p) if (first > 0) p$ao[first + 1] else NA_real_, 0)
    arm <- vapply(seen, function(p) p$arm, "")
    for (measure in c("mean", if (first > 0) "change")) {
      v <- if (measure == "mean") value else value - before
      for (a in unique(arm)) {
        t <- t.test(v[arm == a])
        put("ao_points", measure, a, "", day - first, mean(v[arm == a]), t$stderr)
      }
      t <- t.test(v[arm == "intervention"], v[arm == "control"])
      put("ao_points", paste0(measure, "_difference"), "intervention - control", "", day - first,
        unname(t$estimate[1] - t$estimate[2]), t$stderr)
    }
  }
}

# --- models -----------------------------------------------------------------------------------------------------------
observations <- function(people, start_of, horizon) {
  periods <- (horizon + 1) %/% 28
  d <- do.call(rbind, lapply(people, function(p) {
    start <- start_of(p)
    whole <- Filter(function(k) p$K - start >= 28 * (k + 1) - 1, seq_len(periods) - 1)
    if (!length(whole)) return(NULL)
    y <- vapply(whole, function(k) mean(p$ao[start + 28 * k + 1:28]), 0)
    data.frame(id = p$id, place = p$place, arm = as.numeric(p$arm == "intervention"), period = whole, y)
  }))
  size <- table(unique(d[c("id", "place")])$place)
  shared <- names(size)[size >= 2]
  inside <- d[d$place %in% shared, ]
  enough <- length(unique(inside$id)) >= 5 * (length(shared) + 1)
  if (enough && length(shared) > 1) structure(inside, places = TRUE) else structure(d, places = FALSE)
}

# GEE, exchangeable, by definition (Liang and Zeger 1986): scale and correlation by moments with n - p.
gee <- function(d, X, column) {
  groups <- split(seq_len(nrow(d)), factor(d$id, unique(d$id)))
  p <- ncol(X); pairs <- sum(vapply(groups, function(g) length(g) * (length(g) - 1) / 2, 0)); alpha <- 0
  inverse <- function(n, a) solve(diag(n) * (1 - a) + a)
  for (step in 1:200) {
    A <- matrix(0, p, p); b <- numeric(p)
    for (g in groups) {
      W <- t(X[g, , drop = FALSE]) %*% inverse(length(g), alpha)
      A <- A + W %*% X[g, , drop = FALSE]; b <- b + W %*% d$y[g]
    }
    beta <- solve(A, b); r <- as.vector(d$y - X %*% beta)
    phi <- sum(r^2) / (nrow(d) - p)
    products <- sum(vapply(groups, function(g) (sum(r[g])^2 - sum(r[g]^2)) / 2, 0))
    new <- products / phi / (pairs - p)
    if (abs(new - alpha) < 1e-14) break
    alpha <- new
  }
  left_out <- t(vapply(groups, function(g) {  # Mancl-DeRouen: residuals over I - H of the person
    Xg <- X[g, , drop = FALSE]; V <- inverse(length(g), alpha)
    as.vector(solve(A, t(Xg) %*% V %*% solve(diag(length(g)) - Xg %*% solve(A, t(Xg) %*% V), r[g])))
  }, numeric(p)))
  # geepack with the same correlation: the same coefficients, and refits without each person make the same covariance.
  z <- rep(alpha, sum(vapply(groups, function(g) length(g) * (length(g) - 1) / 2, 0)))
  fixed <- function(rows, z) geese.fit(X[rows, , drop = FALSE], d$y[rows], match(d$id[rows], unique(d$id)), family = gaussian(),
    corstr = "fixed", zcor = matrix(z), control = geese.control(epsilon = 1e-12, maxit = 100))
  whole <- fixed(seq_len(nrow(d)), z)
  stopifnot(max(abs(whole$beta - beta)) < 1e-8)
  for (g in groups[seq(1, length(groups), 9)]) {
    k <- match(d$id[g[1]], unique(d$id)); size <- length(z) - length(g) * (length(g) - 1) / 2
    if (qr(X[-g, ])$rank < p) next
    stopifnot(max(abs(beta - fixed(seq_len(nrow(d))[-g], rep(alpha, size))$beta - left_out[k, ])) < 1e-7)
  }
  free <- geese.fit(X, d$y, match(d$id, unique(d$id)), family = gaussian(), corstr = "exchangeable",
    control = geese.control(epsilon = 1e-12, maxit = 100))
  list(estimate = beta[column], se = sqrt(sum(left_out[, column]^2)), wide = free$beta[column],
    wide_se = sqrt(free$vbeta[column, column]))
}

mixed <- function(d, X, column, slope) {
  d$time <- (d$period - mean(d$period)) / diff(range(d$period)); d$X <- X
  fine <- lmeControl(opt = "optim", maxIter = 500, msMaxIter = 500, niterEM = 50, tolerance = 1e-10, msTol = 1e-12, reltol = 1e-14)
  random <- if (slope) ~ time | id else ~ 1 | id
  one <- try(lme(y ~ 0 + X, random = random, data = d, method = "REML", control = fine), silent = TRUE)
  formula <- if (slope) y ~ 0 + X + (time | id) else y ~ 0 + X + (1 | id)
  two <- suppressWarnings(lmer(formula, d, REML = TRUE, control = lmerControl(optimizer = "bobyqa",
    optCtrl = list(rhoend = 1e-10, maxfun = 1e5), calc.derivs = FALSE, check.conv.singular = "ignore")))
  list(lme = if (inherits(one, "try-error")) c(NA, NA) else c(fixef(one)[[column]], sqrt(vcov(one)[column, column])),
    lmer = c(fixef(two)[[column]], sqrt(as.matrix(vcov(two))[column, column])), singular = isSingular(two, tol = 1e-4))
}

models <- function(people, start_of, horizon) {
  d <- observations(people, start_of, horizon)
  base <- if (attr(d, "places")) model.matrix(~ factor(period) + place, d) else model.matrix(~ factor(period), d)
  for (measure in c("mean_difference", "slope_difference")) {
    X <- cbind(base, arm = d$arm); if (measure == "slope_difference") X <- cbind(X, growth = d$arm * d$period)
    column <- ncol(X); dimnames(X) <- list(NULL, paste0("x", seq_len(column)))
    g <- gee(d, X, column)
    put("ao_gee", measure, "intervention - control", "", NA, g$estimate, g$se)
    put("ao_gee", measure, "intervention - control", "geepack", NA, g$wide, g$wide_se)
    for (slope in c(TRUE, FALSE)) {
      m <- mixed(d, X, column, slope)
      random <- if (slope) "intercept and slope" else "intercept"
      cat(set, population, measure, random, if (m$singular) "SINGULAR", max(abs(m$lme / m$lmer - 1)), "\n")
      for (engine in c("lme", "lmer")) put("ao_mixed", measure, "intervention - control", paste(engine, random), NA, m[[engine]][1], m[[engine]][2])
    }
  }
}

for (set in c("pilot", "long", "one")) {
  everybody <- read_people()
  for (population in names(CLOCKS)) {
    clock <- CLOCKS[[population]]
    start_of <- function(p) if (is.na(clock$day)) p$entry else clock$day
    people <- Filter(function(p) at_risk(p, clock$day), everybody)
    for (arm in c("intervention", "control")) occupation(Filter(function(p) p$arm == arm, people), start_of, clock$horizon, arm)
    weeks(people, if (is.na(clock$day)) 0 else clock$day)
    models(people, start_of, clock$horizon)
  }
}
names(rows) <- NULL
table <- do.call(rbind, lapply(rows, function(r) setNames(r, c("set", "population", "analysis", "measure", "level", "term", "time", "estimate", "se"))))
numbers <- c("time", "estimate", "se")
table[numbers] <- lapply(table[numbers], function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = 1)))
write.csv(table, "ao/expected.csv", row.names = FALSE, quote = FALSE)
