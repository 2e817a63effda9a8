# What an analyst would otherwise write: survival and survminer on an outcomes table that somebody derived by hand.
# usage: Rscript reference.R OUTCOMES.csv FOLDER
# Content: per endpoint, from enrolment and from the start of week 13: curves with risk table (PNG and SVG), medians, RMST, log-rank, Cox by arm.
# It derives nothing, checks nothing, has no groups, no report.
suppressPackageStartupMessages({library(survival); library(survminer)})
arguments <- commandArgs(TRUE)
outcomes <- read.csv(arguments[1], stringsAsFactors = FALSE)
dir.create(arguments[2], showWarnings = FALSE, recursive = TRUE)
outcomes <- outcomes[outcomes$status != "not_at_risk", ]
outcomes$arm <- factor(outcomes$arm, levels = c("control", "intervention"))
rows <- list()
for (endpoint in unique(outcomes$endpoint)) for (clock in c("enrolment", "landmark_84")) {
  d <- outcomes[outcomes$endpoint == endpoint, ]
  if (clock == "enrolment") { d$t <- d$time - d$entry; tau <- 320 } else { d <- d[d$time > 84 & d$entry <= 84, ]; d$t <- d$time - 84; tau <- 281 }
  d$event <- as.integer(d$status == "event")
  fit <- survfit(Surv(t, event) ~ arm, data = d, conf.type = "log-log")
  cox <- summary(coxph(Surv(t, event) ~ arm + strata(organisation), data = d))
  test <- survdiff(Surv(t, event) ~ arm, data = d)
  area <- summary(fit, rmean = tau)$table
  rows[[length(rows) + 1]] <- data.frame(endpoint, clock, hr = cox$coefficients[1, 2], chisq = test$chisq, rmst = area[2, "rmean"] - area[1, "rmean"])
  plot <- ggsurvplot(fit, data = d, risk.table = TRUE, conf.int = TRUE, pval = TRUE)
  for (device in c("png", "svg")) {
    file <- file.path(arguments[2], paste0(endpoint, "_", clock, ".", device))
    if (device == "png") png(file, 1600, 1200, res = 200) else svg(file)
    print(plot)
    invisible(dev.off())
  }
}
write.csv(do.call(rbind, rows), file.path(arguments[2], "estimates.csv"), row.names = FALSE)
