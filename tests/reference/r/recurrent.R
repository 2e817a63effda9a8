# Recurrent events. Run from tests/reference: Rscript r/recurrent.R
source("r/common.R")
models <- means <- NULL

# Mean number of events by each day when an end (state 2) stops them: the sum of S(day-) dN / Y with S the product limit
# of the end (Ghosh and Lin 2000). Derivatives with respect to every case's weight by the complex-step method.
mean_number <- function(d, days, weight) {
  alive <- 1
  total <- 0
  out <- complex(length(days))
  for (k in seq_along(days)) {
    at_risk <- sum(weight[d$entry < days[k] & d$time >= days[k]])
    total <- total + alive * sum(weight[d$time == days[k] & d$state == 1]) / at_risk
    alive <- alive * (1 - sum(weight[d$time == days[k] & d$state == 2]) / at_risk)
    out[k] <- total
  }
  out
}
jackknife <- function(d, days) {
  step <- 1e-100
  weight <- as.complex(d$w)
  squares <- 0
  for (case in unique(d$case)) {
    nudged <- weight
    own <- d$case == case
    nudged[own] <- nudged[own] * complex(real = 1, imaginary = step)  # w d/dw: as R weighs its influences
    squares <- squares + (Im(mean_number(d, days, nudged)) / step)^2
  }
  data.frame(mean = Re(mean_number(d, days, weight)), se = sqrt(squares))
}

# Where no two days are tied mets::recurrentMarginal gives the same mean; its standard error is another one (martingale
# terms instead of derivatives), within 5e-4 here. Under ties it breaks them and is no oracle.
suppressPackageStartupMessages({library(mets); library(timereg)})
untied <- read_set("bladder", "recurrent")
untied$time <- untied$time * 1000 + match(untied$case, unique(untied$case))
untied$entry <- ifelse(untied$entry > 0, untied$entry * 1000 + match(untied$case, unique(untied$case)), 0)
theirs <- recurrentMarginal(phreg(Surv(entry, time, state == 1) ~ cluster(case), data = untied),
  phreg(Surv(entry, time, state == 2) ~ cluster(case), data = untied))
mine <- jackknife(untied, sort(unique(untied$time[untied$state > 0])))[match(theirs$times, sort(unique(untied$time[untied$state > 0]))), ]
stopifnot(all.equal(theirs$mu, mine$mean, tolerance = 1e-13), all.equal(theirs$se.mu, mine$se, tolerance = 1e-3))

for (set in files("recurrent")) {
  table <- read_set(set, "recurrent")
  covariates <- attr(table, "covariates")
  table$event <- as.numeric(table$state == 1)
  table$order <- ave(table$case, table$case, FUN = seq_along)
  table$order[table$order > 4] <- 4  # later ones are too few for a stratum of their own
  table$gap <- table$time - table$entry
  kinds <- list(andersen_gill = "Surv(entry, time, event) ~ %s", pwp_total = "Surv(entry, time, event) ~ %s + strata(order)",
    pwp_gap = "Surv(gap, event) ~ %s + strata(order)")
  for (kind in names(kinds)) {
    fit <- coxph(as.formula(sprintf(kinds[[kind]], paste(covariates, collapse = " + "))), data = table, weights = w, cluster = case,
      ties = "efron", control = tight)
    models <- rbind(models, data.frame(set, kind, term = names(coef(fit)), coef = unname(coef(fit)), se = sqrt(diag(fit$naive.var)),
      cluster_se = sqrt(diag(fit$var)), row.names = NULL))
  }
  for (level in c("all", sort(unique(table$group)))) {
    d <- if (level == "all") table else table[table$group == level, ]
    # Without an end: survfit itself, and the same sum, as a check of what is written above.
    fit <- survfit(Surv(entry, time, event) ~ 1, data = d, weights = w, id = case, robust = TRUE)
    days <- fit$time
    endless <- d; endless$state <- d$event
    check <- jackknife(endless, days)
    stopifnot(all.equal(check$mean, fit$cumhaz, tolerance = 1e-13), all.equal(check$se, fit$std.chaz, tolerance = 1e-12))
    means <- rbind(means, data.frame(set, level, ends = FALSE, time = days, mean = fit$cumhaz, se = fit$std.chaz))
    means <- rbind(means, data.frame(set, level, ends = TRUE, time = days, jackknife(d, days)))
  }
}
write_expected(models, "recurrent_cox")
write_expected(means, "recurrent_mean")
