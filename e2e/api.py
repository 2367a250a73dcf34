"""Tries the API with inputs nobody thought of, against a running program of the made-up agency.

Usage: api.py ADDRESS FOLDER. Signs in and issues a token as a person does, leaves something in the record that can be
asked for, and lets schemathesis send what the description allows and what it does not. The seed and the number of
examples are fixed, so that a run can be repeated.
"""

import datetime
import http.cookiejar
import json
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from pathlib import Path

PASSWORD = "mingqu-yanshi"
SEED = 20261013
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
    "ignored_auth",
]


def token(base, account):
    """A token, issued on the own page."""
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)

    def page(path, fields=None):
        data = urllib.parse.urlencode(fields).encode() if fields else None
        with browser.open(base + path, data) as answer:
            return answer.read().decode()

    def hidden(text):
        return re.search(r'name="token" value="([0-9a-f]+)"', text).group(1)

    fields = {"token": hidden(page("/sign-in")), "to": "/account"}
    account_page = page("/sign-in", fields | {"account": account, "password": PASSWORD})
    fields = {"token": hidden(account_page), "name": "接口测试", "days": "1"}
    return re.search(r"mq_[0-9a-f]+", page("/account/tokens", fields)).group(0)


class Program:
    def __init__(self, base, bearer):
        self.base = base
        self.headers = {"Authorization": f"Bearer {bearer}"}

    def ask(self, path, body=None, kind="application/json", key=None):
        headers = dict(self.headers)
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = kind
        if key:
            headers["Idempotency-Key"] = key
        request = urllib.request.Request(self.base + path, data, headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def prepared(base, bearer, today):
    """Something that can be asked for: a case, a file, and an act that waits for a hand."""
    program = Program(base, bearer)
    lead = {
        "event": "lead_registration",
        "occurred": today,
        "people": [{"role": "handler", "person": "p01"}],
        "facts": {"lead_source": "patrol", "discovery_date": today, "lead_content": "巡查发现"},
        "introduces": [
            {"kind": "party", "name": "某砂石公司", "facts": {"party_kind": "legal_person"}}
        ],
    }
    opening = {"procedure": "penalty.ordinary", "act": lead}
    case = program.ask("/api/v1/cases", opening, key="opening")["case"]
    file = program.ask("/api/v1/files?name=a.txt", "取水台账".encode(), "application/octet-stream")
    people = [("handler", "p01"), ("handler", "p02"), ("leader", "p05")]
    filing = {
        "event": "case_filing",
        "occurred": today,
        "people": [{"role": role, "person": person} for role, person in people],
        "facts": {
            "cause": "未依照取水许可规定条件取水", "suspected_provision": "水法第四十八条",
            "basin": "haihe", "water_source": "surface", "violation_fact_exists": True,
            "penalty_due_by_law": True, "own_jurisdiction": True, "within_limitation": True,
            "place_in_area": True, "no_earlier_filing": True, "limitation_kind": "two_years",
            "violation_continues": True, "is_delegated": False,
        },
    }
    waiting = program.ask(f"/api/v1/cases/{case}/acts", {"act": filing}, key="filing")
    return {
        "path.case": case,
        "path.id": waiting["id"],
        "path.sha256": file["sha256"],
        "path.procedure": "penalty.ordinary",
    }


def settings(bearer, known, examples):
    lines = [
        f"seed = {SEED}",
        f'headers = {{ Authorization = "Bearer {bearer}" }}',
        "request-timeout = 20",
        "continue-on-failure = true",
        "[generation]",
        f"max-examples = {examples}",
        'database = "none"',
        "[phases.stateful]",
        "enabled = false",
        "[checks]",
        "enabled = false",
        *(f"{check}.enabled = true" for check in CHECKS),
    ]
    if known:
        lines.append("[parameters]")
        lines.extend(f'"{name}" = {json.dumps(value)}' for name, value in known.items())
    return "\n".join(lines) + "\n"


def run(base, folder, name, bearer, known, phases, examples):
    config = folder / f"{name}.toml"
    config.write_text(settings(bearer, known, examples))
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "--no-color",
        "--config-file",
        str(config),
        "run",
        f"{base}/api/openapi.json",
        "--phases",
        phases,
    ]
    print(f"== {name}", flush=True)
    return subprocess.run(command, cwd=folder, check=False).returncode


def main():
    base, folder = sys.argv[1], Path(sys.argv[2])
    handler, administrator = token(base, "luqy"), token(base, "guanli")
    shanghai = datetime.timezone(datetime.timedelta(hours=8))
    day = datetime.datetime.now(shanghai).date().isoformat()
    known = prepared(base, handler, day)
    failed = [
        run(base, folder, "names-made-up", handler, {}, "examples,coverage", 1),
        run(base, folder, "names-known", handler, known, "coverage,fuzzing", 25),
        run(base, folder, "administrator", administrator, known, "fuzzing", 5),
    ]
    sys.exit(1 if any(failed) else 0)


if __name__ == "__main__":
    main()
