# Reads every CSV of a delivery with data.table::fread; last line of output as benchmarks/intake_stages.py writes it.
suppressPackageStartupMessages(library(data.table))
memory <- function() {
  status <- tryCatch(readLines("/proc/self/status"), error = function(e) "VmHWM: 0 kB")
  as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE)))
}
files <- list.files(commandArgs(trailingOnly = TRUE)[1], pattern = "[.]csv$", full.names = TRUE)
base <- memory()
start <- proc.time()
tables <- lapply(files, fread, showProgress = FALSE)
used <- proc.time() - start
cat(sprintf('{"fread": {"rows": %d, "seconds": %f, "processor": %f, "base": %d, "peak": %d}}\n',
            sum(vapply(tables, nrow, 1L)), used[["elapsed"]], used[["user.self"]] + used[["sys.self"]],
            as.integer(base), as.integer(memory())))
