# Effects that change over time: x g(day), in rows split at every event day (R's tt() crashes on some of these sets), and
# effects per interval. Run from tests/reference: Rscript r/varying.R
source("r/common.R")
changing <- pieces <- NULL
g <- function(day) log(day + 20)
for (set in c("veteran", "ovarian", "small_late", "weighted_late", "tied_late", "heart")) {
  table <- read_set(set)
  late <- attr(table, "late")
  covariates <- attr(table, "covariates")
  table$event <- as.numeric(table$state == 1)
  daily <- survSplit(Surv(entry, time, event) ~ ., data = table, cut = sort(unique(table$time[table$event == 1])))
  daily$changing <- daily[[covariates[1]]] * g(daily$time)
  for (stratified in c(FALSE, TRUE)) for (ties in c("efron", "breslow")) {
    strata_term <- if (stratified) "strata(stratum)"
    fit <- coxph(reformulate(c(covariates, "changing", strata_term), "Surv(entry, time, event)"), data = daily, weights = w, ties = ties,
      control = tight)
    var <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
    changing <- rbind(changing, data.frame(set, ties, stratified, term = c(covariates, "changing"), coef = unname(coef(fit)), se = sqrt(diag(var))))
  }
  cuts <- as.integer(quantile(table$time[table$state == 1], c(0.3, 0.7), type = 1))
  long <- survSplit(Surv(entry, time, event) ~ ., data = table, cut = cuts, episode = "piece")
  own <- paste0("piece_", 1:3)
  for (k in 1:3) long[[own[k]]] <- long[[covariates[1]]] * (long$piece == k)
  fit <- coxph(reformulate(c(own, covariates[-1]), "Surv(entry, time, event)"), data = long, weights = w, ties = "efron", control = tight, cluster = row)
  pieces <- rbind(pieces, data.frame(set, first = cuts[1], second = cuts[2], rows = nrow(long), term = names(coef(fit)), coef = unname(coef(fit)),
    se = sqrt(diag(fit$naive.var)), robust_se = sqrt(diag(fit$var)), row.names = NULL))
}
write_expected(changing, "cox_varying")
write_expected(pieces, "cox_pieces")
