"""`vaultsdk why`: one decision, step by step."""

from __future__ import annotations

from typing import Any

import click
from rich.text import Text

from vaultsdk.cli.common import Output, Target, output_options, table, target_options
from vaultsdk.cli.keeper_views import cohort_document, keeper_config, terms_options


@click.command()
@click.argument("cohort")
@terms_options
@target_options
@output_options
def why(target: Target, output: Output, cohort: str, **terms: Any) -> None:
    """Explain why COHORT is, or is not, harvested now.

    COHORT is its key: 0x-hex, or asset:policy:band:day:seq as `vaultsdk plan` prints it (a seq of
    h12 is harvest 12's).
    """
    from vaultsdk.core.cohort import CohortKey
    from vaultsdk.keeper.explain import sentence, steps
    from vaultsdk.keeper.job import KeeperJob

    key = CohortKey.parse(cohort)
    config = keeper_config(**terms)
    job = KeeperJob(target.vault(), target.deployment, None, config)
    snapshot, decisions, _ = job.look(also=(key.pack(),))
    decision = next(one for one in decisions.decisions if one.candidate.key == key)
    found = steps(decision, snapshot, config)
    document = cohort_document(decision, snapshot) | {
        "block": snapshot.block_number,
        "timestamp": snapshot.timestamp,
        "steps": [step.model_dump() for step in found],
    }
    marks = {True: Text("yes", style="green"), False: Text("no", style="red"), None: Text("-")}
    made = table("", "question", "answer", title=f"Cohort {key} ({key.hex})")
    for step in found:
        made.add_row(marks[step.passed], step.name, Text(step.text))
    result = document["decision"]
    if result == "refused":
        result += f": {document['reason']}"
    output.emit(document, made, Text(f"{result} - {sentence(decision, snapshot)}", style="bold"))
