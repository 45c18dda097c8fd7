"""Reads in-toto statements, one JSON document a line, and holds them against the makers' own schemas."""
import json
import sys
import tempfile

from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.predicates.vsa.v1 import vsa_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

MESSAGES = {
    "https://slsa.dev/provenance/v1": provenance_pb2.Provenance,
    "https://slsa.dev/verification_summary/v1": vsa_pb2.VerificationSummary,
    "https://in-toto.io/attestation/test-result/v0.1": test_result_pb2.TestResult,
}


def check_spdx(document):
    with tempfile.NamedTemporaryFile("w", suffix=".spdx.json") as file:
        json.dump(document, file)
        file.flush()
        problems = validate_full_spdx_document(parse_file(file.name))
    if problems:
        raise ValueError("; ".join(str(problem.validation_message) for problem in problems[:5]))


for line in sys.stdin:
    document = json.loads(line)
    kind = document["predicateType"]
    try:
        Statement.copy_from_pb(ParseDict(document, statement_pb2.Statement())).validate()
        checked = ["in-toto"]
        if kind in MESSAGES:
            # Fields named by a URI are extensions, which the specification allows and protobuf cannot know.
            # Its `verified_levels` is one string; SLSA's specification and its JSON have a list.
            known = {
                key: value
                for key, value in document["predicate"].items()
                if "://" not in key and key != "verifiedLevels"
            }
            # The package's summary is older than SLSA 1.1, which added the verifier's version.
            ParseDict(known, MESSAGES[kind](), ignore_unknown_fields=kind.startswith("https://slsa.dev/ver"))
            checked.append("predicate")
        if kind == "https://spdx.dev/Document":
            check_spdx(document["predicate"])
            checked.append("SPDX")
        print(json.dumps({"kind": kind, "checked": checked}))
    except Exception as error:
        print(json.dumps({"kind": kind, "error": f"{type(error).__name__}: {error}"}))
