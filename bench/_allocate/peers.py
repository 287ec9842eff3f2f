"""The same problem given to general solvers: HiGHS by its interior point, OR-tools by PDLP. Both solve the LP.

Each needs a process without the other: both carry HiGHS, and the libraries quarrel. So the program comes in a file, and
nothing of ours is imported here (ours brings highspy with it).
"""

import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse


class Program(NamedTuple):
    """Maximise gain x chosen, 0 <= chosen <= 1, with matrix x chosen <= limits; the last row is the budget."""

    gain: npt.NDArray[np.float64]
    matrix: scipy.sparse.csc_matrix
    limits: npt.NDArray[np.float64]


def solve_file(name: str, folder: Path) -> dict[str, Any]:
    """What the solver found and took: value, CPU seconds, the share spent over the budget; empty: no end in time."""
    with np.load(folder / "vectors.npz") as vectors:
        program = Program(vectors["gain"], scipy.sparse.load_npz(folder / "matrix.npz"), vectors["limits"])
    found = SOLVERS[name](program)
    if found is None:
        return {}
    chosen, cpu_s = found
    budget = program.limits[-1]
    over = max(0.0, float(program.matrix.tocsr()[-1].dot(chosen)[0]) / budget - 1)
    return {"value_est": float(program.gain @ chosen), "cpu_s": cpu_s, "overspent": over}


SECONDS_MAX = 170.0
PDLP_TOLERANCE = 1e-4


Found = tuple[npt.NDArray[np.float64], float] | None


def highs_ipm(program: Program) -> Found:
    """HiGHS's interior point at its best: without crossover, and without presolve, which does not end at 100,000 users
    (without it 10 s) and saves nothing at 10,000.
    """
    import highspy

    gain, matrix, limits = program
    model = highspy.HighsLp()
    rows, columns = matrix.shape
    model.num_row_, model.num_col_ = rows, columns
    # As a minimum: without crossover HiGHS takes the duals of a maximum for wrong and calls its answer unknown.
    model.col_cost_, model.col_lower_, model.col_upper_ = -gain, np.zeros(columns), np.ones(columns)
    model.row_lower_, model.row_upper_ = np.full(rows, -highspy.kHighsInf), limits
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver = highspy.Highs()
    for option, value in (
        ("output_flag", False), ("solver", "ipm"), ("run_crossover", "off"), ("presolve", "off"),
        ("threads", 1), ("time_limit", SECONDS_MAX),
    ):  # fmt: skip
        solver.setOptionValue(option, value)
    solver.passModel(model)
    begun = time.process_time()
    solver.run()
    took = time.process_time() - begun
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(solver.getSolution().col_value), took


def pdlp(program: Program) -> Found:
    """OR-tools' first-order solver, to a relative tolerance of 1e-4."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp as solver

    gain, matrix, limits = program
    rows, columns = matrix.shape
    model = solver.QuadraticProgram()
    model.resize_and_initialize(columns, rows)
    model.objective_vector = -gain
    model.constraint_matrix = matrix
    model.constraint_lower_bounds, model.constraint_upper_bounds = np.full(rows, -np.inf), limits
    model.variable_lower_bounds, model.variable_upper_bounds = np.zeros(columns), np.ones(columns)
    asked = solvers_pb2.PrimalDualHybridGradientParams()
    asked.num_threads = 1
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_relative = PDLP_TOLERANCE
    asked.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = 0.0
    asked.termination_criteria.time_sec_limit = SECONDS_MAX
    begun = time.process_time()
    found = solver.primal_dual_hybrid_gradient(model, asked)
    took = time.process_time() - begun
    if found.solve_log.termination_reason != solve_log_pb2.TERMINATION_REASON_OPTIMAL:
        return None
    return np.asarray(found.primal_solution), took


SOLVERS = {"highs": highs_ipm, "pdlp": pdlp}
