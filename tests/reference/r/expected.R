# Writes expected/*.csv for every data set in data/. Run from tests/reference: Rscript r/expected.R
# survival 3.5.3; Efron ties; eps = 1e-14, so that nothing stops at R's default tolerance.
library(survival)
options(digits = 17)
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)

curves <- states <- summaries <- tests <- coefficients <- covariances <- likelihoods <- NULL
for (file in sort(list.files("data", pattern = "\\.csv$"))) {
  set <- sub("\\.csv$", "", file)
  table <- read.csv(file.path("data", file), colClasses = c(group = "character", stratum = "character"))
  covariates <- setdiff(names(table), c("entry", "time", "state", "group", "stratum"))
  late <- any(table$entry > 0)
  strata_many <- length(unique(table$stratum)) > 1
  table$row <- seq_len(nrow(table))
  respond <- function(d) if (late) Surv(d$entry, d$time, d$state == 1) else Surv(d$time, d$state == 1)

  # Kaplan-Meier and Aalen-Johansen: everybody, then each group
  for (level in c("all", sort(unique(table$group)))) {
    d <- if (level == "all") table else table[table$group == level, ]
    d$response <- respond(d)
    fit <- survfit(response ~ 1, data = d, conf.type = "log-log")
    s <- summary(fit, times = fit$time)
    curves <- rbind(curves, data.frame(set, level, time = fit$time, n_at_risk = fit$n.risk, n_events = fit$n.event,
      n_censored = fit$n.censor, survival = fit$surv, se = fit$std.err * fit$surv, ci_low = fit$lower, ci_high = fit$upper))
    q <- quantile(fit, 0.5)
    summaries <- rbind(summaries, data.frame(set, level, measure = "median", tau = NA, estimate = q$quantile, se = NA,
      ci_low = q$lower, ci_high = q$upper))
    taus <- unique(pmax(round(max(d$time) * c(0.25, 0.6, 1)), min(d$time[d$state > 0]) + 1))
    for (tau in taus) {
      m <- survival:::survmean(fit, rmean = tau)$matrix
      summaries <- rbind(summaries, data.frame(set, level, measure = "rmst", tau, estimate = m[["rmean"]],
        se = m[["se(rmean)"]], ci_low = NA, ci_high = NA))
    }
    d$how <- factor(d$state, 0:2, c("censored", "event", "leaving"))
    d$response <- if (late) Surv(d$entry, d$time, d$how) else Surv(d$time, d$how)
    fit <- if (late) survfit(response ~ 1, data = d, id = row, influence = TRUE) else survfit(response ~ 1, data = d, influence = TRUE)
    k <- match("event", fit$states)
    states <- rbind(states, data.frame(set, level, time = fit$time, probability = fit$pstate[, k], se = fit$std.err[, k]))
    for (tau in taus) {
      m <- summary(fit, rmean = tau)$table["event", ]
      summaries <- rbind(summaries, data.frame(set, level, measure = "days_in_event_state", tau, estimate = m[["rmean"]],
        se = m[["se(rmean)"]], ci_low = NA, ci_high = NA))
    }
  }

  # Log-rank. survdiff refuses delayed entry, so there every risk set becomes a stratum of its own: the same sums.
  table$response <- respond(table)
  for (stratified in c(FALSE, TRUE)) {
    if (stratified && !strata_many) next
    if (late) {
      days <- sort(unique(table$time[table$state == 1]))
      long <- do.call(rbind, lapply(days, function(day) {
        d <- table[table$entry < day & table$time >= day, c("group", "stratum", "time", "state")]
        data.frame(group = d$group, set_of = if (stratified) paste(day, d$stratum) else day, one = 1,
          happens = as.numeric(d$time == day & d$state == 1))
      }))
      fit <- survdiff(Surv(one, happens) ~ group + strata(set_of), data = long)
      tests <- rbind(tests, data.frame(set, test = "logrank", stratified, rho = 0, statistic = fit$chisq,
        df = length(unique(table$group)) - 1))
    } else {
      f <- if (stratified) response ~ group + strata(stratum) else response ~ group
      for (rho in c(0, 0.5, 1)) {
        fit <- survdiff(f, data = table, rho = rho)
        tests <- rbind(tests, data.frame(set, test = "logrank", stratified, rho, statistic = fit$chisq, df = length(unique(table$group)) - 1))
      }
    }
    # Cox, Efron
    f <- reformulate(c(covariates, if (stratified) "strata(stratum)"), response = "response")
    fit <- coxph(f, data = table, ties = "efron", control = tight)
    coefficients <- rbind(coefficients, data.frame(set, stratified, term = names(coef(fit)), coef = unname(coef(fit)),
      se = sqrt(diag(vcov(fit)))))
    pairs <- expand.grid(row = names(coef(fit)), column = names(coef(fit)))
    covariances <- rbind(covariances, data.frame(set, stratified, pairs, covariance = c(vcov(fit))))
    likelihoods <- rbind(likelihoods, data.frame(set, stratified, null = fit$loglik[1], fitted = fit$loglik[2]))
  }
}

write_expected <- function(table, name) {
  numbers <- vapply(table, is.double, TRUE)
  table[numbers] <- lapply(table[numbers], function(x) sub("NA|NaN|-?Inf", "", formatC(x, digits = 17, format = "g", width = 1)))
  write.csv(table, file.path("expected", name), row.names = FALSE, quote = FALSE, na = "")
}
write_expected(curves, "kaplan_meier.csv")
write_expected(states, "aalen_johansen.csv")
write_expected(summaries, "summaries.csv")
write_expected(tests, "logrank.csv")
write_expected(coefficients, "cox.csv")
write_expected(covariances, "cox_covariance.csv")
write_expected(likelihoods, "cox_likelihood.csv")
