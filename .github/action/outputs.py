"""Print a plan's outcome as the lines of GITHUB_OUTPUT. JSON keeps ids with line breaks on one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(file: str) -> None:
    """Read the plan's JSON."""
    plan = json.loads(Path(file).read_text("utf-8"))
    workflows = plan["workflows"]
    renamed = workflows["renamed"]
    created = [one["workflowId"] for one in workflows["created"]] + [one["after"] for one in renamed]
    deleted = [one["workflowId"] for one in workflows["deleted"]] + [one["before"] for one in renamed]
    print(f"status={plan['status']}")
    print(f"created={json.dumps(created)}")
    print(f"updated={json.dumps([one['workflowId'] for one in workflows['changed']])}")
    print(f"deleted={json.dumps([*deleted, *plan['pruned']['ids']])}")
    print(f"plan={file}")


if __name__ == "__main__":
    main(sys.argv[1])
