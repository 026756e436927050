"""Bundles with objects of every type, drawn from a seed, and what stix2 knows nothing of."""
import random
import uuid


def identifier(rng, kind):
    return f"{kind}--{uuid.UUID(int=rng.getrandbits(128), version=4)}"


def common(rng, kind, **properties):
    day = f"20{rng.randrange(10, 25)}-0{rng.randrange(1, 10)}-1{rng.randrange(10)}T01:02:03.{rng.randrange(1000):03}Z"
    return {"type": kind, "spec_version": "2.1", "id": identifier(rng, kind), "created": day, "modified": day, **properties}


def every_type(rng):
    """One object of each type of STIX 2.1, with references among them, and some of types and keys of somebody else's."""
    time = "2020-01-02T03:04:05Z"
    ip = {"type": "ipv4-addr", "spec_version": "2.1", "id": "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4", "value": "198.51.100.3"}
    things = [
        common(rng, "attack-pattern", name="Spearphishing", external_references=[{"source_name": "mitre-attack", "external_id": "T1566"}]),
        common(rng, "campaign", name=f"Campaign {rng.randrange(1000)}"),
        common(rng, "course-of-action", name="Patch"),
        common(rng, "identity", name="The bureau", identity_class="organization"),
        common(rng, "incident", name="An incident"),
        common(rng, "indicator", pattern="[ipv4-addr:value = '198.51.100.3']", pattern_type="stix", valid_from=time, indicator_types=["malicious-activity"]),
        common(rng, "infrastructure", name="A server"),
        common(rng, "intrusion-set", name=f"Group {rng.randrange(1000)}", aliases=["Lazarus", "Hidden Cobra", "é \U0001f600"]),
        common(rng, "location", region="northern-america"),
        common(rng, "malware", name="Destover", is_family=True),
        common(rng, "malware-analysis", product="av", result="malicious"),
        common(rng, "threat-actor", name="A state", threat_actor_types=["nation-state"]),
        common(rng, "tool", name="psexec"),
        common(rng, "vulnerability", name="CVE-2017-0144"),
        common(rng, "language-content", object_ref=identifier(rng, "campaign"), contents={"de": {"name": "Kampagne"}}),
        {"type": "marking-definition", "spec_version": "2.1", "id": identifier(rng, "marking-definition"), "created": time,
         "definition_type": "statement", "definition": {"statement": "Copyright"}},
        common(rng, "extension-definition", name="x", schema="https://example.org/x", version="1.0.0", extension_types=["new-sdo"]),
        ip,
        {"type": "artifact", "spec_version": "2.1", "id": identifier(rng, "artifact"), "payload_bin": "aGVsbG8="},
        {"type": "file", "spec_version": "2.1", "id": identifier(rng, "file"), "name": "a.exe", "size": 12345678901234567},
        {"type": "network-traffic", "spec_version": "2.1", "id": identifier(rng, "network-traffic"), "protocols": ["tcp"], "src_ref": ip["id"]},
        {"type": "process", "spec_version": "2.1", "id": identifier(rng, "process"), "pid": 314},
        {"type": "x509-certificate", "spec_version": "2.1", "id": identifier(rng, "x509-certificate"), "serial_number": "02:08"},
    ] + [{"type": kind, "spec_version": "2.1", "id": identifier(rng, kind), key: value} for kind, key, value in [
        ("autonomous-system", "number", 15139), ("directory", "path", "/tmp"), ("domain-name", "value", "example.com"),
        ("email-addr", "value", "a@example.com"), ("email-message", "is_multipart", False), ("ipv6-addr", "value", "2001:db8::1"),
        ("mac-addr", "value", "d2:fb:49:24:37:18"), ("mutex", "name", "m"), ("software", "name", "Word"),
        ("url", "value", "https://example.com/x"), ("user-account", "user_id", "1001"), ("windows-registry-key", "key", "HKLM\\x")]]
    by = {thing["type"]: thing["id"] for thing in things}
    relations = [
        common(rng, "relationship", relationship_type="attributed-to", source_ref=by["campaign"], target_ref=by["intrusion-set"],
               created_by_ref=by["identity"], confidence=rng.choice([15, 50, 85, 100]), description="They share code."),
        common(rng, "relationship", relationship_type="attributed-to", source_ref=by["intrusion-set"], target_ref=by["threat-actor"]),
        common(rng, "relationship", relationship_type="uses", source_ref=by["campaign"], target_ref=by["malware"]),
        common(rng, "sighting", sighting_of_ref=by["malware"]),
        common(rng, "observed-data", first_observed=time, last_observed=time, number_observed=1, object_refs=[ip["id"]]),
    ]
    attribution = relations[0]["id"]
    things += relations + [
        common(rng, "note", content="Seen by us too.", authors=["A friend"], object_refs=[attribution]),
        common(rng, "opinion", opinion=rng.choice(["strongly-agree", "disagree"]), explanation="We looked.", authors=["Another firm"], object_refs=[attribution]),
        common(rng, "report", name="A report", published="2020-05-06T07:08:09Z", report_types=["campaign"], object_refs=[attribution]),
        common(rng, "grouping", name="A grouping", context="suspicious-activity", object_refs=[by["malware"]]),
        common(rng, "x-weather", temperature=-0.0 + rng.random(), big=2**63 + 1, exact=1.50, nested=[{"a": [None, True, {"b": ""}]}]),
        common(rng, "tool", name="with more", x_custom={"k": [1, 2.5, "é\u202e"]},
               extensions={identifier(rng, "extension-definition"): {"extension_type": "property-extension", "rank": 5}}),
        common(rng, "x-new", extensions={identifier(rng, "extension-definition"): {"extension_type": "new-sdo"}}),
    ]
    rng.shuffle(things)
    return {"type": "bundle", "id": identifier(rng, "bundle"), "objects": things}
