# tests/bench: `make bench` measures side by side; BENCH='local ssh' runs parts,
# BENCH_WITH=guild,dvc adds peers, BENCH_ONLY=thousand one figure.
BENCH = local
BENCH_WITH =
BENCH_ONLY =
EXTRA_DIST += tests/bench/bench.py tests/bench/docker.py tests/bench/gpu.py tests/bench/history.py \
  tests/bench/local.py tests/bench/make.py tests/bench/measure.py tests/bench/peers.py \
  tests/bench/ssh.py tests/bench/sshd.py tests/bench/workbench.py

EXTRA_PROGRAMS = tests/bench/lease-cost
tests_bench_lease_cost_SOURCES = tests/bench/lease-cost.c tests/c/leases.h
CLEANFILES += tests/bench/lease-cost$(EXEEXT)

bench: all tests/bench/lease-cost$(EXEEXT)
	$(AM_V_at)./pre-inst-env env PYTHONDONTWRITEBYTECODE=1 \
	  $(PYTHON) $(top_srcdir)/tests/bench/bench.py --json bench.json \
	  --folder bench.tmp --with '$(BENCH_WITH)' --only '$(BENCH_ONLY)' $(BENCH)

.PHONY: bench
