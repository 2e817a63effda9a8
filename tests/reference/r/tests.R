# Tests between groups. Run from tests/reference: Rscript r/tests.R
source("r/common.R")
logranks <- grays <- NULL
for (set in setdiff(SETS, "colon")) {
  table <- read_set(set)
  late <- attr(table, "late")
  if (attr(table, "weighted")) next  # survdiff and cuminc know no case weights
  df <- length(unique(table$group)) - 1
  table$response <- respond(table, late)
  for (stratified in c(FALSE, TRUE)) {
    if (stratified && length(unique(table$stratum)) == 1) next
    if (late) {
      # survdiff refuses delayed entry, so there every risk set becomes a stratum of its own: the same sums.
      days <- sort(unique(table$time[table$state == 1]))
      long <- do.call(rbind, lapply(days, function(day) {
        d <- table[table$entry < day & table$time >= day, c("group", "stratum", "time", "state")]
        data.frame(group = d$group, set_of = if (stratified) paste(day, d$stratum) else day, one = 1,
          happens = as.numeric(d$time == day & d$state == 1))
      }))
      fit <- survdiff(Surv(one, happens) ~ group + strata(set_of), data = long)
      logranks <- rbind(logranks, data.frame(set, stratified, rho = 0, statistic = fit$chisq, df))
      next
    }
    f <- if (stratified) response ~ group + strata(stratum) else response ~ group
    for (rho in c(0, 0.5, 1)) {
      fit <- survdiff(f, data = table, rho = rho)
      logranks <- rbind(logranks, data.frame(set, stratified, rho, statistic = fit$chisq, df))
    }
    if (!any(table$state == 2)) next
    for (rho in c(0, 0.5, 1)) {
      fit <- with(table, if (stratified) cmprsk::cuminc(time, state, group, stratum, rho = rho) else cmprsk::cuminc(time, state, group, rho = rho))
      grays <- rbind(grays, data.frame(set, stratified, rho, cause = rownames(fit$Tests), statistic = fit$Tests[, "stat"],
        df = as.integer(fit$Tests[, "df"]), p_value = fit$Tests[, "pv"]))
    }
  }
}
write_expected(logranks, "logrank")
write_expected(grays, "gray")
