# Occupation of states. Run from tests/reference: Rscript r/states.R
source("r/common.R")
occupation <- stays <- NULL
for (set in files("states")) {
  table <- read_set(set, "states")
  all_states <- as.character(seq_len(max(table$from, table$to)))
  table$now <- factor(table$from, all_states)
  table$response <- Surv(table$entry, table$time, factor(table$to, 0:length(all_states), c("censored", all_states)))
  for (level in c("all", sort(unique(table$group)))) {
    if (level != "all" && set != "made_late") next
    d <- if (level == "all") table else table[table$group == level, ]
    fit <- survfit(response ~ 1, data = d, id = case, istate = now, weights = w, influence = TRUE)
    # A file of every month and half a month would be large: every fourth step where there are many.
    kept <- if (length(fit$time) > 200) unique(c(seq(1, length(fit$time), 8), length(fit$time))) else seq_along(fit$time)
    for (k in seq_along(fit$states)) occupation <- rbind(occupation, data.frame(set, level, state = fit$states[k],
      time = fit$time, probability = fit$pstate[, k], se = fit$std.err[, k])[kept, ])
    for (tau in round(max(d$time) * c(0.4, if (set == "mgus2") 0.6 else 0.9))) {
      stays <- rbind(stays, data.frame(set, level, tau, time_in_states(fit, tau, as.numeric(tapply(d$w, d$case, mean))), row.names = NULL))
    }
  }
}
write_expected(occupation, "state_occupation")
write_expected(stays, "state_time")
