"""Seeds bugs into a copy of the contracts, one at a time, and shows that the tests see each.

    python tests/mutants/run.py                # all of them (`make mutants`)
    python tests/mutants/run.py floor "roll r" # those whose names contain one of these words
    python tests/mutants/run.py --list

For each mutant: first the tests that the catalogue names, then every other contract test, then the
stateful test; each run stops at the first failure. Prints a table, and exits with 1 if a mutant
survives, with 2 if the catalogue does not fit the contracts or the tests fail without any bug.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.mutants.catalogue import CATALOGUE, Mutant  # noqa: E402

CONTRACT_TESTS = ROOT / "tests" / "contracts"
STATEFUL = ROOT / "tests" / "stateful"
# A test of the code's size may see a bug by its bytes, which is luck and not a test of the rule.
NOT_ASKED = {"test_size.py"}
BROKEN = "does not compile: mend it in the catalogue"
TIMEOUT = 900  # seconds for one run of pytest: a seeded bug may well loop


def misfits() -> list[str]:
    """What is wrong with the catalogue, in lines: an old text must occur exactly once."""
    wrong = []
    for mutant in CATALOGUE:
        source = (ROOT / "contracts" / mutant.file).read_text()
        if (count := len(mutant.pattern.findall(source))) != 1:
            wrong.append(f"{mutant.name}: its old text is {count} times in contracts/{mutant.file}")
        for name in mutant.first:
            if not (CONTRACT_TESTS / f"{name}.py").exists():
                wrong.append(f"{mutant.name}: no tests/contracts/{name}.py")
    names = [mutant.name for mutant in CATALOGUE]
    wrong += [f"{name}: twice in the catalogue" for name in set(names) if names.count(name) > 1]
    return wrong


def compiles(contracts: Path) -> bool:
    """Whether the vault still compiles: a mutant that does not proves nothing."""
    code = (
        f"import boa; boa.load_partial({str(contracts / 'LotVault.vy')!r}).compiler_data.bytecode"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def pytest(paths: list[Path], contracts: Path) -> tuple[bool, str]:
    """Whether all tests pass, and the name of the one that did not."""
    env = {**os.environ, "LOTVAULT_CONTRACTS": str(contracts), "HYPOTHESIS_PROFILE": "short"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line", "-rfE"]
    command += ["-p", "no:cacheprovider", *map(str, paths)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"(no end in {TIMEOUT} s)"
    if done.returncode == 0:
        return True, ""
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"error: pytest ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return False, found[1].replace("tests/", "", 1)


def stages(mutant: Mutant | None, stateful_only: bool) -> list[list[Path]]:
    """Which tests, in which order. Without a mutant: all of them."""
    if stateful_only:
        return [[STATEFUL]]
    all_tests = [
        path for path in sorted(CONTRACT_TESTS.glob("test_*.py")) if path.name not in NOT_ASKED
    ]
    first = [CONTRACT_TESTS / f"{name}.py" for name in mutant.first] if mutant else []
    rest = [path for path in all_tests if path not in first]
    return [each for each in (first, rest, [STATEFUL]) if each]


def killer_of(mutant: Mutant | None, work: Path, stateful_only: bool = False) -> str:
    """The test that sees the mutant; empty when none does."""
    # From one copy made at the start: the sources may be worked on while this runs.
    contracts = work / "contracts"
    shutil.rmtree(contracts, ignore_errors=True)
    shutil.copytree(work / "original", contracts)
    if mutant is not None:
        path = contracts / mutant.file
        path.write_text(mutant.applied(path.read_text()))
        if not compiles(contracts):
            return BROKEN
    for paths in stages(mutant, stateful_only):
        passed, killer = pytest(paths, contracts)
        if not passed:
            return killer
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("words", nargs="*", help="only mutants whose name contains one of these")
    parser.add_argument("--list", action="store_true", help="list the mutants")
    parser.add_argument("--trust", action="store_true", help="do not run the tests without a bug")
    parser.add_argument("--stateful", action="store_true", help="ask the stateful test alone")
    parser.add_argument("--start", type=int, default=1, help="leave out so many, less one")
    options = parser.parse_args()
    if wrong := misfits():
        print("error: the catalogue does not fit the contracts; mend tests/mutants/catalogue.py:")
        print("\n".join(wrong))
        return 2
    chosen = [m for m in CATALOGUE if not options.words or any(w in m.name for w in options.words)]
    chosen = chosen[options.start - 1 :]
    if options.list:
        for mutant in chosen:
            print(f"{mutant.name:42} {mutant.file:24} {mutant.breaks}")
        return 0
    if not chosen:
        print("error: no mutant of that name; see --list")
        return 2
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        shutil.copytree(ROOT / "contracts", Path(folder) / "original")
        if not options.trust and (failed := killer_of(None, Path(folder))):
            print(f"error: {failed} fails without any seeded bug; mend that first")
            return 2
        for number, mutant in enumerate(chosen, 1):
            start = time.monotonic()
            killer = killer_of(mutant, Path(folder), options.stateful)
            if killer in ("", BROKEN):
                survivors.append(mutant)
            took = f"{time.monotonic() - start:4.0f} s"
            verdict = killer or "SURVIVES"
            print(f"{number:3}/{len(chosen)} {took}  {mutant.name:42} {verdict}", flush=True)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants seen by the tests")
    for mutant in survivors:
        print(f"SURVIVES: {mutant.name} ({mutant.file}; breaks {mutant.breaks})")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
