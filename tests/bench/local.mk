# tests/bench: `make bench` measures side by side; BENCH=local runs a part,
# BENCH_WITH=guild,dvc adds peers, BENCH_ONLY=thousand one figure.
BENCH = local
BENCH_WITH =
BENCH_ONLY =
EXTRA_DIST += tests/bench/bench.py tests/bench/history.py tests/bench/local.py \
  tests/bench/measure.py tests/bench/peers.py

bench: all
	$(AM_V_at)./pre-inst-env env PYTHONDONTWRITEBYTECODE=1 \
	  $(PYTHON) $(top_srcdir)/tests/bench/bench.py --json bench.json \
	  --folder bench.tmp --with '$(BENCH_WITH)' --only '$(BENCH_ONLY)' $(BENCH)

.PHONY: bench
