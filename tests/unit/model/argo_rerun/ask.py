"""Ask Argo's own code the random questions again, and write its answers to `random.json`."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.unit.model.argo_rerun.questions import HERE, random_questions, summary_of, workflow_of

SEED = 46


def main(oracle: str) -> None:
    questions = random_questions(SEED)
    asked = "".join(
        json.dumps({**question, "workflow": workflow_of(question)}) + "\n" for question in questions
    )
    answered = subprocess.run([oracle], input=asked, text=True, stdout=subprocess.PIPE, check=True)
    cases = []
    for question, line in zip(questions, answered.stdout.splitlines(), strict=True):
        answer = json.loads(line)
        summary = (
            {"error": answer["error"]}
            if "error" in answer
            else summary_of(answer["workflow"], answer.get("pods", []))
        )
        cases.append({"question": question, "answer": summary})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (HERE / "random.json").write_text(f"[\n{lines}\n]\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
