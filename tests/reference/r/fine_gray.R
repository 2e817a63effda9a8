# Fine-Gray: crr without delayed entry; weighted Cox on finegray's rows where entry is late. Run from tests/reference.
source("r/common.R")

# The estimating equation as it is written down (Fine and Gray 1999; delayed entry: Geskus 2011), Breslow ties: a case
# with a competing exit stays in the risk set of day t with weight W(t) / W(exit), W the product-limit chance, by group,
# to be neither censored before t nor to enter only on t or later. Who exits on a day is at risk of censoring that day.
# After the last day of a group W is 0, as crr has it. crr takes the derivative of log W as that of the Nelson-Aalen sum
# of the censorings, and so does this; that of entry is exact. Under ties crr also shifts a censoring by a day; so standard
# errors are taken from here only where nothing is tied (data/untied).
score_at <- function(b, w, d, x, group) {
  days <- sort(unique(d$time[d$state == 1]))
  all_days <- sort(unique(c(d$entry, d$time)))
  reach <- lapply(unique(group), function(g) {
    own <- group == g
    lost <- sapply(all_days, function(t) sum(w[own & d$time == t & d$state == 0]) / nonzero(sum(w[own & d$entry < t & d$time >= t])))
    had_come <- sapply(all_days, function(t) 1 - sum(w[own & d$entry == t]) / nonzero(sum(w[own & d$entry <= t & d$time > t])))
    left <- cumprod(1 - Re(lost)) * if (is.complex(w)) exp(complex(real = 0, imaginary = -cumsum(Im(lost)))) else 1
    before <- c(1, left[-length(left)]) * (all_days <= max(d$time[own]))
    from_now <- rev(cumprod(rev(had_come)))
    if (any(d$entry > 0)) before * from_now else before
  })
  names(reach) <- unique(group)
  risk <- exp(drop(x %*% b))
  own_reach <- lapply(group, function(g) reach[[g]])
  at_exit <- mapply(function(r, t) r[match(t, all_days)], own_reach, d$time)
  score <- 0; information <- 0
  for (day in days) {
    later <- d$state > 1 & d$time < day
    weight <- ifelse(d$entry < day & d$time >= day, w, 0)
    k <- match(day, all_days)
    weight[later] <- w[later] * vapply(own_reach[later], function(r) r[k], w[1]) / at_exit[later]
    at_risk <- weight * risk
    mean <- colSums(x * at_risk) / sum(at_risk)
    event <- d$state == 1 & d$time == day
    score <- score + colSums(w[event] * x[event, , drop = FALSE]) - sum(w[event]) * mean
    if (is.numeric(w)) information <- information + sum(w[event]) * (crossprod(x, x * at_risk) / sum(at_risk) - tcrossprod(mean))
  }
  list(score = score, information = information)
}
nonzero <- function(x) if (Re(x) == 0) 1 else x
by_definition <- function(d, x, group) {
  x <- sweep(x, 2, colMeans(x)); spread <- apply(x, 2, sd); x <- sweep(x, 2, spread, "/")
  b <- rep(0, ncol(x))
  for (k in 1:30) {
    now <- score_at(b, d$w, d, x, group)
    step <- solve(now$information, now$score)
    b <- b + step
    if (max(abs(step)) < 1e-14) break
  }
  # How the score moves with the weight of each case, the chance W included: complex-step derivatives.
  moved <- t(vapply(seq_len(nrow(d)), function(i) {
    w <- as.complex(d$w); w[i] <- w[i] * complex(real = 1, imaginary = 1e-100)
    Im(score_at(b, w, d, x, group)$score) / 1e-100
  }, b))
  if (ncol(x) == 1) moved <- t(moved)
  influence <- moved %*% solve(now$information)
  list(coef = b / spread, cov = crossprod(influence) / tcrossprod(spread))
}

of_crr <- pairs_of_crr <- weighted_cox <- derived <- NULL
for (set in setdiff(SETS, "colon")) {
  table <- read_set(set)
  late <- attr(table, "late")
  covariates <- attr(table, "covariates")
  design <- as.matrix(table[covariates])
  if (!any(table$state == 2)) next
  for (cause in if (startsWith(set, "small")) 1 else 1:2) {  # of few events a coefficient may run away
    if (!late && !attr(table, "weighted")) for (by in c("", "group")) {
      call <- list(ftime = table$time, fstatus = table$state, cov1 = design, failcode = cause, cencode = 0, gtol = 1e-12, maxiter = 50)
      if (by != "") call$cengroup <- table$group
      fit <- do.call(cmprsk::crr, call)
      about <- data.frame(set, cause, censoring_by = by)
      of_crr <- rbind(of_crr, data.frame(about, term = covariates, coef = unname(fit$coef), se = sqrt(diag(fit$var)),
        loglik = fit$loglik, null = fit$loglik.null))
      pairs <- expand.grid(row = covariates, column = covariates)
      pairs_of_crr <- rbind(pairs_of_crr, data.frame(about, pairs, covariance = c(fit$var)))
    }
    if (cause == 1 && set %in% c("tied", "small", "small_late", "small_causes_late", "tied_late", "weighted", "weighted_late"))
      for (by in c("", "group")) {
        fit <- by_definition(table, design, if (by == "") rep("all", nrow(table)) else table$group)
        derived <- rbind(derived, data.frame(set, cause, censoring_by = by, term = covariates, coef = fit$coef, se = NA_real_, row.names = NULL))
      }
    # Weights of censoring and of late entry (Geskus 2011), as finegray makes them; robust by case, weights as known.
    d <- table[c("row", "w", covariates)]
    d$response <- respond(table, late, causes(table$state))
    long <- finegray(response ~ ., data = d, id = if (late) row, etype = as.character(cause), weights = w)
    fit <- coxph(reformulate(covariates, "Surv(fgstart, fgstop, fgstatus)"), data = long, weights = fgwt, ties = "breslow",
      control = tight, cluster = row)
    weighted_cox <- rbind(weighted_cox, data.frame(set, cause, term = covariates, coef = unname(coef(fit)), se = sqrt(diag(fit$var)),
      naive_se = sqrt(diag(fit$naive.var)), row.names = NULL))
  }
}
for (set in files("untied")) {
  table <- read_set(set, "untied")
  design <- as.matrix(table[attr(table, "covariates")])
  for (by in c("", "group")) {
    fit <- by_definition(table, design, if (by == "") rep("all", nrow(table)) else table$group)
    if (set == "causes") {
      other <- cmprsk::crr(table$time, table$state, design, cengroup = if (by == "") rep(1, nrow(table)) else table$group, gtol = 1e-12, maxiter = 50)
      cat("crr, censoring by", by, ": coefficients", max(abs(other$coef / fit$coef - 1)), "errors", max(abs(sqrt(diag(other$var) / diag(fit$cov)) - 1)), "\n")
    }
    derived <- rbind(derived, data.frame(set = paste0("untied/", set), cause = 1, censoring_by = by, term = colnames(design),
      coef = fit$coef, se = sqrt(diag(fit$cov)), row.names = NULL))
  }
}
write_expected(of_crr, "fine_gray")
write_expected(pairs_of_crr, "fine_gray_covariance")
write_expected(weighted_cox, "fine_gray_weighted_cox")
write_expected(derived, "fine_gray_by_definition")
