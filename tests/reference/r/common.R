# Shared by the scripts beside it: the data sets in their common layout, and how numbers are written.
# survival 3.5.3, cmprsk 2.2.11, sandwich 3.0.2; eps = 1e-14, so that nothing stops at R's default tolerance.
suppressPackageStartupMessages(library(survival))
options(digits = 17)
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
NOT_COVARIATES <- c("entry", "time", "state", "group", "stratum", "cluster", "weight", "case", "row", "w", "response", "from", "to")

files <- function(folder) sort(sub("\\.csv$", "", list.files(file.path("data", folder), pattern = "\\.csv$")))
SETS <- files("")

# `w` is the case weight: that of the file, or 1. `late`, `weighted`, `covariates` are attributes.
read_set <- function(set, folder = "") {
  file <- file.path("data", folder, paste0(set, ".csv"))
  columns <- c(group = "character", stratum = "character")
  table <- read.csv(file, colClasses = columns[names(columns) %in% names(read.csv(file, nrows = 1))])
  covariates <- setdiff(names(table), NOT_COVARIATES)
  weighted <- "weight" %in% names(table)
  table$row <- seq_len(nrow(table))
  table$w <- if (weighted) table$weight else 1
  structure(table, covariates = covariates, weighted = weighted, late = any(table$entry > 0))
}

# The response for an event, or for several causes as a factor.
respond <- function(d, late, event = d$state == 1) if (late) Surv(d$entry, d$time, event) else Surv(d$time, event)
causes <- function(state) factor(state, c(0, sort(unique(state[state > 0]))), c("censored", sort(unique(state[state > 0]))))

write_expected <- function(table, name) {
  numbers <- vapply(table, is.double, TRUE)
  table[numbers] <- lapply(table[numbers], function(x) ifelse(is.finite(x), formatC(x, digits = 17, format = "g", width = 1), ""))
  write.csv(table, file.path("expected", paste0(name, ".csv")), row.names = FALSE, quote = FALSE, na = "")
}

# Mean time in the states of a curve made with influence = TRUE, by state: estimate and se. As summary(fit, rmean = tau),
# which leaves case weights out of the standard error though survfit's own std.err has them (3.5.3).
time_in_states <- function(fit, tau, weight) {
  table <- summary(fit, rmean = tau)$table
  days <- c(0, fit$time)
  width <- pmax(pmin(c(days[-1], Inf), tau) - pmin(days, tau), 0)
  se <- apply(fit$influence.pstate, 3, function(each) sqrt(sum((weight * (each %*% width))^2)))
  if (all(weight == 1)) stopifnot(all.equal(se, unname(table[, "se(rmean)"]), tolerance = 1e-10))
  data.frame(state = rownames(table), estimate = table[, "rmean"], se)
}
