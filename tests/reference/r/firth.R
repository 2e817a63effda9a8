# Firth's correction: maximises log likelihood + 0.5 log det information, without any package for it. The likelihood and
# the information at given coefficients are those of coxph without iterations. Run from tests/reference: Rscript r/firth.R
source("r/common.R")
at <- function(b, f, d) {
  fit <- suppressWarnings(coxph(f, data = d, ties = "efron", init = b, control = coxph.control(iter.max = 0, toler.chol = 1e-15)))
  information <- solve(fit$var)
  list(value = fit$loglik[2] + 0.5 * log(det(information)), score = colSums(as.matrix(residuals(fit, "score"))), information = information)
}
# Gradient: score + 0.5 tr(I^-1 dI/db), the derivative of the information by central differences of the eighth order.
gradient <- function(b, f, d) {
  here <- at(b, f, d)
  steps <- c(-4:-1, 1:4); weights <- c(1/280, -4/105, 1/5, -4/5, 4/5, -1/5, 4/105, -1/280)
  extra <- vapply(seq_along(b), function(k) {
    h <- 0.02 * sqrt(1 / here$information[k, k])
    slopes <- lapply(seq_along(steps), function(i) { b[k] <- b[k] + steps[i] * h; weights[i] / h * at(b, f, d)$information })
    0.5 * sum(diag(solve(here$information, Reduce(`+`, slopes))))
  }, 0)
  here$score + extra
}
# Solve gradient = 0 for the free coefficients, by Newton with the information in place of the Hessian.
climb <- function(b, f, d, free = seq_along(b)) {
  for (k in 1:500) {
    if (!length(free)) break
    step <- solve(at(b, f, d)$information[free, free], gradient(b, f, d)[free])
    # The step is shortened until the penalised likelihood rises (or only rounding is left).
    share <- 1
    now <- at(b, f, d)$value
    while (share > 1e-6) {
      new <- b; new[free] <- b[free] + share * step
      if (at(new, f, d)$value >= now - 1e-12 * abs(now)) break
      share <- share / 2
    }
    b <- new
    if (max(abs(step)) < 1e-13) break
  }
  stopifnot(!length(free) || max(abs(step)) < 1e-10)
  b
}
profile_limit <- function(b, k, f, d, side) {
  target <- at(b, f, d)$value - qchisq(0.95, 1) / 2
  se <- sqrt(solve(at(b, f, d)$information)[k, k])
  below <- function(x) { c0 <- b; c0[k] <- x; at(climb(c0, f, d, setdiff(seq_along(b), k)), f, d)$value - target }
  far <- 2; while (below(b[k] + side * far * se) > 0) far <- far + 1
  uniroot(below, sort(b[k] + side * c(0, far) * se), tol = 1e-12)$root
}
firth <- NULL
cases <- list(list("separated", "separated"), list("", "aml"), list("", "ovarian"), list("", "small"), list("", "small_late"))
for (case in cases) {
  d <- read_set(case[[2]], case[[1]])
  d$response <- respond(d, attr(d, "late"))
  terms <- attr(d, "covariates")
  for (stratified in if (case[[2]] %in% c("ovarian")) c(FALSE, TRUE) else FALSE) {
    f <- reformulate(c(terms, if (stratified) "strata(stratum)"), "response")
    b <- climb(rep(0, length(terms)), f, d)
    final <- at(b, f, d)
    variance <- solve(final$information)
    for (k in seq_along(b)) firth <- rbind(firth, data.frame(set = case[[2]], stratified, term = terms[k], coef = b[k], se = sqrt(variance[k, k]),
      penalised = final$value, low = profile_limit(b, k, f, d, -1), high = profile_limit(b, k, f, d, 1)))
  }
}
write_expected(firth, "firth")
