"""Print the result of a plan as lines of GITHUB_OUTPUT. As JSON, ids with line breaks stay on one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(file: str) -> None:
    """Read the plan and print the outputs."""
    plan = json.loads(Path(file).read_text("utf-8"))
    workflows = plan["workflows"]
    renamed = workflows["renamed"]
    created = [workflow["workflowId"] for workflow in workflows["created"]] + [rename["after"] for rename in renamed]
    deleted = [workflow["workflowId"] for workflow in workflows["deleted"]] + [rename["before"] for rename in renamed]
    print(f"status={plan['status']}")
    print(f"created={json.dumps(created)}")
    print(f"updated={json.dumps([workflow['workflowId'] for workflow in workflows['changed']])}")
    print(f"deleted={json.dumps([*deleted, *plan['pruned']['ids']])}")
    print(f"plan={file}")


if __name__ == "__main__":
    main(sys.argv[1])
