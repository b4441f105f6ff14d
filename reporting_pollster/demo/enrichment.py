"""What only some sites have: the log-in service's record of people, and the dashboard's record of allocations.

The log-in service pickles the attributes that an identity provider sent, in whichever protocol its Python wrote; here
they are plain dictionaries of text and lists. Every change of an allocation leaves the older version as a row
that points to the current one, and a project may be named by several.
"""

from __future__ import annotations

import json
import pickle
from datetime import date, timedelta

from reporting_pollster.demo import names
from reporting_pollster.demo.cloud import Cloud
from reporting_pollster.demo.table import Row, moment

FIELDS = ("0401", "0604", "0201", "0912", "0801", "1117", "1402", "0503", "060102", "020103")
NODES = ("North", "South", "East")


def found(cloud: Cloud) -> None:
    """Everybody who has logged in through a provider, and an allocation for each shared project."""
    for row in [*cloud.identity.db["nonlocal_user"], *cloud.identity.db["federated_user"]]:
        login_name = row.get("display_name") or row["name"]
        enrol(cloud, row["user_id"], login_name)
    shared = [tenant.name for tenant in names.TENANTS if tenant.domain != "Default"]
    for name in shared:
        row = next(project for project in cloud.identity.projects() if project["name"] == name)
        allocation = allocate(cloud, row, cloud.dice.pick("AAAAXJ"))
        if name in shared[::7]:
            allocate(cloud, row, "A")  # a second for the same project: keystone says which one counts
        _remember(cloud, row, allocation)
    for status in ("S", "N", "D"):
        allocate(cloud, None, status)


def enrol(cloud: Cloud, user_id: str, login_name: str) -> None:
    """The log-in service's record of a person."""
    number = len(cloud.world["rcshib"]["user"])
    university, host = names.UNIVERSITIES[number % len(names.UNIVERSITIES)]
    mail = f"{login_name}@{host}"
    given = names.GIVEN[number % len(names.GIVEN)]
    attributes: dict[str, object] = {
        "mail": mail,
        "givenname": given,
        "affiliation": ["staff", "member"],
        "shared-token": cloud.dice.hex(27),
        "idp": f"https://idp.{host}/idp/shibboleth",
    }
    attributes |= _organisation(number, university)
    cloud.world["rcshib"]["user"].insert(
        persistent_id=f"https://idp.{host}/idp/shibboleth!{cloud.dice.hex(16)}",
        user_id=user_id,
        displayname=f"{given} {login_name[1:].title()}",
        email=mail,
        state="created",
        shibboleth_attributes=pickle.dumps(attributes, protocol=0 if number % 3 == 0 else 2),
    )


def allocate(cloud: Cloud, project: Row | None, status: str) -> Row:
    """A request for resources that was granted, or is not yet."""
    dice, now = cloud.dice, cloud.world.now
    first = dice.number(30, 100)
    start = now.date() - timedelta(days=dice.number(0, 300))
    row = cloud.world["dashboard"]["rcallocation_allocationrequest"].insert(
        project_id=project["id"] if project else None,
        project_name=project["name"] if project else f"request-{dice.hex(4)}",
        contact_email=f"contact@{dice.pick(names.UNIVERSITIES)[1]}",
        approver_email="allocations@demo.example" if project else None,
        status=status,
        submit_date=start - timedelta(days=20),
        start_date=start,
        end_date=date(start.year + 1, start.month, min(start.day, 28)),
        modified_time=now - dice.seconds(0, 86400),
        field_of_research_1=dice.pick(FIELDS),
        for_percentage_1=first,
        field_of_research_2=dice.pick(FIELDS) if first < 100 else None,
        for_percentage_2=100 - first,
        for_percentage_3=0,
        funding_national_percent=dice.pick((0, 50, 100)),
        funding_node=dice.pick(NODES),
    )
    _investigator(cloud, row)
    return row


def amend(cloud: Cloud) -> None:
    """An allocation is prolonged, and the version before is kept."""
    table = cloud.world["dashboard"]["rcallocation_allocationrequest"]
    granted = [row for row in table if row["parent_request_id"] is None and row["status"] in "AX"]
    if not granted:
        return
    row = cloud.dice.pick(granted)
    before = {name: value for name, value in row.items() if name not in ("id", "parent_request_id")}
    table.insert(**before, parent_request_id=row["id"])
    later = moment(row["end_date"]).date() + timedelta(days=182)
    table.change(row, end_date=later, modified_time=cloud.world.now, status="A")
    cloud.world.counts["allocations changed"] += 1


def _organisation(number: int, university: str) -> dict[str, object]:
    """Providers disagree on how the attribute is called; some send none, and one misspells it."""
    kinds: tuple[dict[str, object], ...] = (
        {"organisation": university, "organisation_type": "urn:mace:example:org:university"},
        {"homeOrganization": "example.edu", "organizationName": university, "homeOrganizationType": "university"},
        {"orginisation": university},
        {},
        {"organisation": [university], "o": university},
    )
    return kinds[number % len(kinds)]


def _investigator(cloud: Cloud, allocation: Row) -> None:
    given, surname = cloud.dice.pick(names.GIVEN), cloud.dice.pick(names.SURNAMES)
    university, host = cloud.dice.pick(names.UNIVERSITIES)
    cloud.world["dashboard"]["rcallocation_chiefinvestigator"].insert(
        allocation_id=allocation["id"],
        title=cloud.dice.pick(("Dr", "Prof", "Ms", "Mr", "")),
        given_name=given,
        surname=surname,
        email=f"chief.investigator.{allocation['id']}@{host}",
        institution=university,
    )


def _remember(cloud: Cloud, project: Row, allocation: Row) -> None:
    extra = json.loads(project["extra"]) | {"allocation_id": allocation["id"]}
    cloud.identity.db["project"].change(project, extra=json.dumps(extra))
