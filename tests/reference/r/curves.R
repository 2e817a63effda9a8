# Curves, quantiles and means. Run from tests/reference: Rscript r/curves.R
source("r/common.R")
TYPES <- c("plain", "log", "log-log", "logit", "arcsin")
curves <- intervals <- incidence <- followed <- summaries <- pseudo_values <- adjusted <- NULL
add <- function(...) summaries <<- rbind(summaries, data.frame(set, level, ..., row.names = NULL))

# Area below the curve and its standard error: Greenwood's, or where R knows only that one, as the time in a state.
restricted_mean <- function(d, late, tau, robust) {
  if (!robust) return(survival:::survmean(survfit(respond(d, late) ~ 1, weights = d$w, robust = FALSE), rmean = tau)$matrix[c("rmean", "se(rmean)")])
  d$response <- respond(d, late, factor(d$state == 1, c(FALSE, TRUE), c("censored", "event")))
  as.numeric(time_in_states(survfit(response ~ 1, data = d, weights = w, id = row, influence = TRUE), tau, d$w)[1, 2:3])
}

for (set in setdiff(SETS, "colon")) {  # colon holds every patient twice
  table <- read_set(set)
  late <- attr(table, "late")
  means <- list()
  for (level in c("all", sort(unique(table$group)))) {
    d <- if (level == "all") table else table[table$group == level, ]
    # Greenwood; with weights that are not whole numbers robust, as R decides by itself.
    d$response <- respond(d, late)
    robust <- attr(table, "weighted")
    fits <- lapply(setNames(TYPES, TYPES), function(type) survfit(response ~ 1, data = d, weights = w, id = row, robust = robust, conf.type = type))
    fit <- fits[["log-log"]]
    curves <- rbind(curves, data.frame(set, level, time = fit$time, n_at_risk = fit$n.risk, n_events = fit$n.event,
      n_censored = fit$n.censor, survival = fit$surv, se = fit$std.err * if (fit$logse) fit$surv else 1, ci_low = fit$lower, ci_high = fit$upper))
    if (level == "all") for (type in setdiff(TYPES, "log-log")) intervals <- rbind(intervals, data.frame(set, type,
      time = fit$time, ci_low = fits[[type]]$lower, ci_high = fits[[type]]$upper))
    for (p in c(0.1, 0.25, 0.5, 0.75, 0.9)) {
      q <- quantile(fit, p)
      add(measure = "quantile", at = p, estimate = q$quantile, se = NA, ci_low = q$lower, ci_high = q$upper)
    }
    taus <- unique(pmax(round(max(d$time) * c(0.25, 0.6, 1)), min(d$time[d$state > 0]) + 1))
    for (tau in taus) {
      m <- restricted_mean(d, late, tau, robust)
      add(measure = "rmst", at = tau, estimate = m[[1]], se = m[[2]], ci_low = NA, ci_high = NA)
    }

    # How long people were followed: being censored is the event.
    d$response <- respond(d, late, d$state == 0)
    fit <- survfit(response ~ 1, data = d, weights = w, id = row, robust = robust, conf.type = "log-log")
    if (level == "all") followed <- rbind(followed, data.frame(set, time = fit$time, survival = fit$surv,
      se = fit$std.err * if (fit$logse) fit$surv else 1, ci_low = fit$lower, ci_high = fit$upper))
    q <- quantile(fit, 0.5)
    add(measure = "follow_up", at = 0.5, estimate = q$quantile, se = NA, ci_low = q$lower, ci_high = q$upper)

    # Aalen-Johansen with as many causes as there are.
    d$how <- causes(d$state)
    d$response <- respond(d, late, d$how)
    single <- nlevels(d$how) == 2
    if (single) d$response <- respond(d, late, factor(d$state, 0:2, c("censored", "1", "2")))
    fits <- lapply(c(log = "log", log_log = "log-log"), function(type) if (late)
      survfit(response ~ 1, data = d, weights = w, id = row, influence = TRUE, conf.type = type) else
      survfit(response ~ 1, data = d, weights = w, influence = TRUE, conf.type = type))
    fit <- fits$log_log
    for (cause in setdiff(fit$states, "(s0)")) {
      k <- match(cause, fit$states)
      if (cause == "1" || (level == "all" && !single)) incidence <- rbind(incidence, data.frame(set, level, cause, time = fit$time,
        probability = fit$pstate[, k], se = fit$std.err[, k], log_low = fits$log$lower[, k], log_high = fits$log$upper[, k],
        log_log_low = fit$lower[, k], log_log_high = fit$upper[, k]))
      if (single && cause == "2") next
      for (tau in taus) {
        m <- subset(time_in_states(fit, tau, d$w), state == cause)
        add(measure = paste0("days_in_", cause), at = tau, estimate = m$estimate, se = m$se, ci_low = NA, ci_high = NA)
      }
    }
    # Two groups compared, the first two by name, as far as both are followed.
    pair <- head(sort(unique(table$group)), 2)
    if (level %in% pair) {
      tau <- floor(0.9 * min(tapply(table$time, table$group, max)[pair]))
      a <- restricted_mean(d, late, tau, robust)
      b <- subset(time_in_states(fit, tau, d$w), state == "1")
      means[[level]] <- c(rmst = a[[1]], rmst_se = a[[2]], days = tau - b$estimate, days_se = b$se)
    }
    # Pseudo-values of the days not returned, by the infinitesimal jackknife; regression on arm and covariates.
    if (level == "all" && !attr(table, "weighted") && !set %in% c("heart", "mgus2")) {
      tau <- round(max(table$time) * 0.5)
      values <- tau - pseudo(fit, times = tau, type = "auc")[, match("1", fit$states)]
      pseudo_values <- rbind(pseudo_values, data.frame(set, tau, row = seq_along(values), value = unname(values)))
      d$value <- values
      model <- lm(reformulate(attr(table, "covariates"), "value"), data = d)
      for (type in c("HC0", "HC1", "HC2", "HC3")) adjusted <- rbind(adjusted, data.frame(set, tau, type, term = names(coef(model))[-1],
        coef = unname(coef(model))[-1], se = sqrt(diag(sandwich::vcovHC(model, type = type)))[-1]))
    }
  }
  level <- "contrast"
  m <- means
  for (kind in c("rmst", "days")) {
    a <- m[[1]][[kind]]; b <- m[[2]][[kind]]; sa <- m[[1]][[paste0(kind, "_se")]]; sb <- m[[2]][[paste0(kind, "_se")]]
    tau <- floor(0.9 * min(tapply(table$time, table$group, max)[pair]))
    add(measure = paste0(kind, "_difference"), at = tau, estimate = a - b, se = sqrt(sa^2 + sb^2), ci_low = NA, ci_high = NA)
    se <- sqrt((sa / a)^2 + (sb / b)^2)
    add(measure = paste0(kind, "_ratio"), at = tau, estimate = a / b, se = se,
      ci_low = exp(log(a / b) - qnorm(0.975) * se), ci_high = exp(log(a / b) + qnorm(0.975) * se))
  }
}
write_expected(curves, "kaplan_meier")
write_expected(intervals, "kaplan_meier_intervals")
write_expected(incidence, "cumulative_incidence")
write_expected(followed, "follow_up")
write_expected(summaries, "summaries")
write_expected(pseudo_values, "pseudo_values")
write_expected(adjusted, "pseudo_regression")
