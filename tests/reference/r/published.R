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

# Heart transplants as a counting process: a row per interval with one transplant status; times in half days, so that
# they are whole numbers. Stratum: earlier surgery. Cluster: the patient.
with(heart, write_set("heart", 2 * start, 2 * stop, event, transplant, surgery, data.frame(
  cluster = id, age = age, year = year, transplanted = as.numeric(transplant) - 1)))

# Colon cancer, two rows per patient (recurrence, death) as strata: the marginal model of Wei, Lin and Weissfeld.
with(colon, write_set("colon", 0, time, status, rx, etype, data.frame(
  cluster = id, lev = as.numeric(rx == "Lev"), lev5fu = as.numeric(rx == "Lev+5FU"), node4 = node4, age = age)))

# Recurrent events: a row per interval, state 1 recurrence, 2 an end (death), 0 censored. Intervals of no length left out.
dir.create("data/recurrent", showWarnings = FALSE)
bladder_rows <- subset(bladder1, start < stop)
with(bladder_rows, write.csv(data.frame(case = id, entry = start, time = stop, state = ifelse(status > 1, 2, status),
  group = as.character(treatment), stratum = as.numeric(size > 1), number = number, size = size,
  pyridoxine = as.numeric(treatment == "pyridoxine"), thiotepa = as.numeric(treatment == "thiotepa")),
  "data/recurrent/bladder.csv", row.names = FALSE, quote = FALSE))

# States: rows from one state (1, 2, ...) to the next (0: censored there). Where two moves share a day the first is
# put half a day (month) earlier, and all times are doubled to stay whole.
dir.create("data/states", showWarnings = FALSE)
write_states <- function(name, id, middle, middle_seen, end, dead, group) {
  middle <- ifelse(middle_seen, 2 * middle - (middle == end), NA)
  first <- data.frame(case = id, entry = 0, time = ifelse(middle_seen, middle, 2 * end), from = 1,
    to = ifelse(middle_seen, 2, 3 * dead), group = group)
  second <- data.frame(case = id, entry = middle, time = 2 * end, from = 2, to = 3 * dead, group = group)[middle_seen, ]
  rows <- rbind(first, second)
  write.csv(rows[order(rows$case, rows$entry), ], file.path("data/states", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)
}
with(mgus2, write_states("mgus2", id, ptime, pstat == 1, futime, death, as.character(sex)))
relapse <- colon[colon$etype == 1, ]; death <- colon[colon$etype == 2, ]
stopifnot(all(relapse$id == death$id))
write_states("colon", death$id, relapse$time, relapse$status == 1, death$time, death$status, as.character(death$rx))
