# Cox models and what follows them. Run from tests/reference: Rscript r/cox.R
source("r/common.R")
coefficients <- covariances <- global <- ph <- residual_rows <- schoenfelds <- hazards <- standardised <- jackknives <- NULL
EXACT <- c("aml", "ovarian", "lung", "veteran", "small", "small_late", "small_causes_late", "tied", "heart")
RESIDUALS <- c("aml", "ovarian", "veteran", "heart", "small_late", "small_causes_late", "weighted_late")
ALSO_BRESLOW <- c("small_late", "ovarian", "weighted_late")
# Columns that belong to one term; they stand last among the covariates, but in colon.
TOGETHER <- list(veteran = c("smallcell", "adeno", "large"), colon = c("lev", "lev5fu"))
for (set in grep("tied|daily|small|causes|weighted", SETS, value = TRUE)) TOGETHER[[set]] <- c("one", "two")

for (set in SETS) {
  table <- read_set(set)
  late <- attr(table, "late")
  covariates <- attr(table, "covariates")
  table$response <- respond(table, late)
  together <- TOGETHER[[set]]
  if (length(together)) table$together <- as.matrix(table[together])
  for (stratified in c(FALSE, TRUE)) {
    if (stratified && length(unique(table$stratum)) == 1) next
    strata_term <- if (stratified) "strata(stratum)"
    f <- reformulate(c(covariates, strata_term), response = "response")
    for (ties in c("efron", "breslow", "exact")) {
      if (ties == "exact" && !set %in% EXACT) next
      about <- data.frame(set, ties, stratified)
      fit <- coxph(f, data = table, ties = ties, control = tight, weights = if (ties != "exact") w)
      class(fit) <- "coxph"  # R forgets the class of an exact fit with delayed entry
      names(fit$coefficients) <- covariates
      model_var <- if (is.null(fit$naive.var)) fit$var else fit$naive.var  # weights that are not whole make R robust
      robust <- one_each <- NULL
      if (ties != "exact") {
        one_each <- sqrt(diag(coxph(f, data = table, ties = ties, control = tight, weights = w, robust = TRUE, id = row)$var))
        if ("cluster" %in% names(table)) robust <- coxph(f, data = table, ties = ties, control = tight, weights = w, cluster = cluster)
      }
      empty <- rep(NA_real_, length(covariates))
      coefficients <- rbind(coefficients, data.frame(about, term = covariates, coef = unname(coef(fit)), se = sqrt(diag(model_var)),
        robust_se = if (is.null(one_each)) empty else one_each, cluster_se = if (is.null(robust)) empty else sqrt(diag(robust$var)), row.names = NULL))
      if (ties == "efron") {
        pairs <- expand.grid(row = covariates, column = covariates)
        covariances <- rbind(covariances, data.frame(about, pairs, covariance = c(model_var), cluster = if (is.null(robust)) NA_real_ else c(robust$var)))
      }
      global <- rbind(global, data.frame(about, null = fit$loglik[1], fitted = fit$loglik[2], score = fit$score,
        wald = sum(coef(fit) * solve(model_var, coef(fit))), likelihood_ratio = 2 * diff(fit$loglik), df = length(covariates)))
      if (ties == "exact" || (ties == "breslow" && !set %in% ALSO_BRESLOW)) next

      if (set %in% RESIDUALS && (stratified == (length(unique(table$stratum)) > 1 && set != "veteran"))) {
        each <- function(type) { m <- as.matrix(residuals(fit, type = type)); colnames(m) <- paste(type, covariates, sep = "."); m }
        residual_rows <- rbind(residual_rows, reshape(data.frame(about, row = table$row, martingale = residuals(fit, "martingale"),
          each("score"), each("dfbeta")), direction = "long", varying = list(paste0("score.", covariates), paste0("dfbeta.", covariates)),
          v.names = c("score", "dfbeta"), timevar = "term", times = covariates, idvar = "row"))
        raw <- as.matrix(residuals(fit, type = "schoenfeld")); scaled <- as.matrix(residuals(fit, type = "scaledsch"))
        where <- if (stratified) rep(sub("stratum=", "", names(attr(raw, "strata"))), attr(raw, "strata")) else "all"
        for (k in seq_along(covariates)) schoenfelds <- rbind(schoenfelds, data.frame(about, stratum = where,
          time = as.numeric(rownames(raw)), term = covariates[k], raw = raw[, k], scaled = scaled[, k], row.names = NULL))
      }
      if (ties == "breslow") next
      if (set %in% c("small_causes_late", "weighted")) {
        # Without each cluster in turn, fitted anew.
        moved <- sapply(unique(table$cluster), function(g) unname(coef(coxph(f, data = table[table$cluster != g, ], ties = ties,
          control = tight, weights = w))) - unname(coef(fit)))
        g <- ncol(moved)
        jackknives <- rbind(jackknives, data.frame(set, stratified, term = covariates, se = sqrt((g - 1) / g * rowSums(moved^2))))
      }

      # Proportional hazards: every column by itself; and where columns belong together, one test of them.
      for (transform in c("km", "identity", "rank", "log")) {
        z <- cox.zph(fit, transform = transform, terms = FALSE)$table
        ph <- rbind(ph, data.frame(about, transform, terms = FALSE, term = c(covariates, "GLOBAL"), statistic = z[, "chisq"], df = z[, "df"]))
        if (!length(together)) next
        whole <- coxph(reformulate(c(setdiff(covariates, together), "together", strata_term), "response"), data = table,
          ties = ties, control = tight, weights = w)
        z <- cox.zph(whole, transform = transform, terms = TRUE)$table
        ph <- rbind(ph, data.frame(about, transform, terms = TRUE, term = sub("together", paste(together, collapse = "+"), rownames(z)),
          statistic = z[, "chisq"], df = z[, "df"]))
      }

      # Hazard at covariates 0; the mean predicted curve when a binary covariate is set to 0 and to 1 for everybody.
      base <- basehaz(fit, centered = FALSE)
      base$strata <- if (stratified) sub("stratum=", "", base$strata) else "all"
      jumps <- ave(base$hazard, base$strata, FUN = function(h) diff(c(0, h))) > 0
      if (set != "colon") hazards <- rbind(hazards, data.frame(set, stratified, stratum = base$strata, time = base$time, hazard = base$hazard)[jumps, ])
      binary <- covariates[vapply(covariates, function(x) all(table[[x]] %in% 0:1), TRUE)]
      if (!length(binary) || set %in% c("colon", "mgus2", "heart")) next
      days <- sort(unique(table$time[table$state == 1]))
      days <- unique(days[round(seq(1, length(days), length.out = 12))])
      for (value in 0:1) {
        new <- table; new[[binary[1]]] <- value
        curve <- survfit(fit, newdata = new, se.fit = FALSE)
        heights <- if (!stratified) summary(curve, times = days, extend = TRUE)$surv else sapply(seq_len(nrow(new)), function(i) {
          own <- base[base$strata == new$stratum[i], ]
          exp(-stepfun(own$time, c(0, own$hazard))(days) * exp(sum(as.numeric(new[i, covariates]) * coef(fit))))
        })
        if (stratified) heights <- t(heights)
        standardised <- rbind(standardised, data.frame(set, stratified, term = binary[1], value, time = days,
          survival = if (stratified) colSums(heights * table$w) / sum(table$w) else drop(heights %*% table$w) / sum(table$w)))
      }
    }
  }
}
write_expected(coefficients, "cox")
write_expected(covariances, "cox_covariance")
write_expected(global, "cox_global")
write_expected(ph, "cox_zph")
write_expected(residual_rows[c("set", "ties", "stratified", "row", "term", "martingale", "score", "dfbeta")], "cox_residuals")
write_expected(schoenfelds, "cox_schoenfeld")
write_expected(hazards, "cox_hazard")
write_expected(standardised, "cox_standardised")
write_expected(jackknives, "cox_jackknife")
