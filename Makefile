##
## 活水 Huoshui
##
##   make run           演示: 建一个模拟平台, 出诊断报告        a simulated platform and its report
##   make run-real      同样的报告, 用公开的真实零售数据        the same on public, real retail data
##   make test          全部测试 (几分钟)                       every test (minutes)
##   make test-long     慢的测试                                the slow ones
##   make check         代码规范、类型、层次                    style, types, direction of imports
##   make bench         性能数字                                figures of speed and memory
##   make requirements  重新锁定依赖 (UPGRADE=1 升级)           pin the dependencies again
##   make clean         删除 .venv、缓存和演示输出              remove .venv, caches, demo output
##
## 只需要 python3 (3.11 以上) 和 make, 其余自动装进 .venv (约 1.5 GB), 没有变化时不重装。
## 装到一半断了, 再运行同一条命令会接着装。用你自己的镜像:  PIP_INDEX_URL=<镜像地址> make run
## 已在 pip 里配好的镜像、代理、证书直接生效。指定 Python:  make clean run PYTHON=python3.12
##
## Needs python3 (3.11 or later) and make alone; the rest goes into .venv (about 1.5 GB) and stays there.
## Cut off half-way? Run the same line again. A mirror of your own:  PIP_INDEX_URL=<address> make run
## A mirror, proxy or certificate set for pip is used as it is. Another Python:  make clean run PYTHON=python3.12
##
## 自己的数据 / your own files:  .venv/bin/huoshui start <文件夹 folder>
##

# Sets of packages are requirements/*.in; a target installs only those it needs. Planned: server, spark.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
# Two workers: the machine this is made for has two cores. A file's tests share one, with its heavy fixtures.
PYTEST := $(VENV_PYTHON) -m pytest -n 2 --dist loadfile
ARGS ?=

define set-up
@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
	echo "✗ 没有找到 $(PYTHON)。装上它, 再运行同一条命令 (macOS: brew install python@3.13):"; \
	echo "  No $(PYTHON) here. Install it, then run the same line again (macOS: brew install python@3.13):"; \
	echo; echo "    sudo apt-get update && sudo apt-get install -y python3 python3-venv"; echo; exit 1; }
@"$(PYTHON)" -E tools/setup.py $(1)
endef

.PHONY: help run run-real test test-long check bench requirements clean

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

# Exit code 4 is "done, with rows to correct": the report is there.
run:
	$(call set-up,run assets)
	@.venv/bin/huoshui demo --out out/demo $(ARGS) || [ $$? -eq 4 ]

run-real:
	$(call set-up,run assets data)
	@.venv/bin/huoshui demo --real --out out/real $(ARGS) || [ $$? -eq 4 ]

test:
	$(call set-up,run assets data dev browser)
	$(PYTEST) $(ARGS)

test-long:
	$(call set-up,run assets data dev browser)
	$(PYTEST) -m long $(ARGS)

# Every check runs, also when an earlier one failed: one run shows all there is to mend.
check:
	$(call set-up,run assets dev)
	@failed=0; for step in \
		"ruff check --quiet --output-format concise ." \
		"ruff format --quiet --check --output-format concise ." \
		"mypy --strict src" \
		"pytest -q tests/test_tidy.py"; \
	do echo "· $$step"; $(VENV_PYTHON) -m $$step || failed=1; done; \
	echo "· lint-imports"; \
	$(VENV_PYTHON) -c "from importlinter.cli import lint_imports_command as go; go()" --no-logo || failed=1; \
	exit $$failed

bench:
	$(call set-up,run assets data dev bench)
	@failed=0; for figure in bench/*.py; do echo "· $$figure"; $(VENV_PYTHON) "$$figure" $(ARGS) || failed=1; done; \
	exit $$failed

requirements:
	@"$(PYTHON)" -E tools/setup.py --compile $(if $(UPGRADE),--upgrade)

clean:
	rm -rf .venv build dist out/demo out/real src/*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests bench tools -name __pycache__ -type d -prune -exec rm -rf {} +
