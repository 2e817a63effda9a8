# Writes the published data sets of R's package survival in one layout: entry, time, state (0 censored, 1 event,
# 2 competing exit), group, stratum and the covariates of the model. Run from tests/reference: Rscript r/published.R
library(survival)

write_set <- function(name, entry, time, state, group, stratum, covariates) {
  table <- data.frame(entry = entry, time = time, state = state, group = as.character(group), stratum = as.character(stratum), covariates)
  write.csv(table, file.path("data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}

lung_complete <- lung[!is.na(lung$ph.ecog), ]  # one patient has no ECOG score
with(lung_complete, write_set("lung", 0, time, status - 1, sex, ph.ecog, data.frame(age = age, female = sex - 1)))

with(aml, write_set("aml", 0, time, status, x, "all", data.frame(maintained = as.numeric(x == "Maintained"))))

with(ovarian, write_set("ovarian", 0, futime, fustat, rx, resid.ds, data.frame(age = age, treated = rx - 1)))

with(veteran, write_set("veteran", 0, time, status, celltype, prior, data.frame(
  test = trt - 1, karno = karno, age = age, smallcell = as.numeric(celltype == "smallcell"),
  adeno = as.numeric(celltype == "adeno"), large = as.numeric(celltype == "large"))))

# Progression to a plasma cell malignancy, with death before it as the competing exit; months.
with(mgus2, write_set("mgus2", 0, ifelse(pstat == 0, futime, ptime), ifelse(pstat == 0, 2 * death, 1), sex,
  ifelse(age < 70, "younger", "older"), data.frame(age = age, male = as.numeric(sex == "M"))))
