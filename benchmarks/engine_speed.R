# One timed job of engine_speed.py in R survival: Rscript engine_speed.R JOB DATA.csv RUNS REPLICATES, prints one line of JSON.
suppressPackageStartupMessages(library(survival))
arguments <- commandArgs(TRUE)
job <- arguments[1]; runs <- as.integer(arguments[3]); replicates <- as.integer(arguments[4])
d <- if (requireNamespace("data.table", quietly = TRUE)) as.data.frame(data.table::fread(arguments[2])) else read.csv(arguments[2])
tau <- 281
model <- Surv(time, state == 1) ~ x0 + x1 + x2 + x3 + x4 + x5 + strata(stratum) + cluster(cluster)
d$exit <- factor(d$state, 0:2, c("censored", "event", "left"))

cox <- function() {
  fit <- coxph(model, d, model = FALSE, x = FALSE, y = FALSE)
  c(coef(fit)[1], sqrt(fit$naive.var[1, 1]), sqrt(fit$var[1, 1]))
}
curves <- function() {
  km <- survfit(Surv(time, state == 1) ~ group, d, conf.type = "log-log")
  aj <- survfit(Surv(time, exit) ~ group, d)
  mean <- summary(aj, rmean = tau)$table
  row <- grep("event$", rownames(mean))[1]
  c(summary(km[1], times = 182)$surv, tau - mean[row, "rmean"], NA) # the error of the mean needs an influence matrix of cases x days
}
# The bare fitter, without formula, model frame or residuals; rows within arm and organisation, drawn beforehand.
hazard_ratios <- function() {
  x <- as.matrix(d[, paste0("x", 0:5)]); y <- Surv(d$time, d$state == 1); control <- coxph.control()
  zero <- rep(0, nrow(d)); one <- rep(1, nrow(d)); found <- numeric(replicates)
  for (r in seq_len(replicates)) {
    i <- picks[, r]
    found[r] <- coxph.fit(x[i, ], y[i], d$stratum[i], zero, NULL, control, one, "efron", NULL, resid = FALSE)$coefficients[1]
  }
  c(NA, sd(found), sum(is.na(found)), NA)
}
days <- function() {
  found <- numeric(replicates)
  for (r in seq_len(replicates)) {
    mean <- summary(survfit(Surv(time, exit) ~ x0, d[picks[, r], ], se.fit = FALSE), rmean = tau)$table
    rows <- grep("event$", rownames(mean)); found[r] <- mean[rows[1], "rmean"] - mean[rows[2], "rmean"]
  }
  c(sd(found), NA, sum(is.na(found)), NA)
}
if (job %in% c("hazard_ratios", "days")) {
  set.seed(1)
  rows <- split(seq_len(nrow(d)), list(d$x0, d$stratum), drop = TRUE)
  picks <- replicate(replicates, unlist(lapply(rows, function(i) i[sample.int(length(i), replace = TRUE)])))
}
seconds <- numeric(0)
for (run in seq_len(runs + 1)) {
  clock <- proc.time()
  numbers <- get(job)()
  clock <- proc.time() - clock
  seconds <- c(seconds, clock[["elapsed"]])
  if (seconds[1] > 5) break
}
if (length(seconds) > 1) seconds <- seconds[-1]  # the first compiles
numbers <- ifelse(is.na(numbers), "NaN", sprintf("%.17g", numbers))
cat(sprintf('{"seconds": %.6f, "processor": %.6f, "numbers": [%s]}\n', median(seconds), clock[["user.self"]] + clock[["sys.self"]],
            paste(numbers, collapse = ", ")))
