"""Who lives in the sample cloud, and who may do what where.

The cases that mislead a reader of keystone are all here: the root domain's row, users whose name lies in one of four
tables, users and groups that only a directory knows, assignments that outlived their user, and roles that are given
through groups, by inheritance, by implication, on domains and on the system.
"""

from __future__ import annotations

from reporting_pollster.demo import names
from reporting_pollster.demo.identity import GLOBAL, IDP, ROOT, Identity, Person
from reporting_pollster.demo.names import Tenant

ROLES = ("admin", "manager", "member", "reader", "service", "TenantManager", "heat_stack_owner")
IMPLIED = (("admin", "manager"), ("manager", "member"), ("member", "reader"), ("TenantManager", "member"))


class Society:
    """Founds keystone, and brings newcomers."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.dice = identity.dice
        self.db = identity.db

    def found(self) -> None:
        """Everything keystone knows on the first day."""
        self._domains()
        self._roles()
        self._catalogue()
        self._projects()
        self._operators()
        self._researchers()
        self._partners()
        self._leftovers()

    def newcomer(self) -> Person:
        """Somebody whose login nobody has yet."""
        taken = {row["local_id"] for row in self.db["id_mapping"]} | {
            r["display_name"] for r in self.db["federated_user"]
        }
        while True:
            person = Person(
                self.dice.pick(names.GIVEN), self.dice.pick(names.SURNAMES), self.dice.pick(names.UNIVERSITIES)[1]
            )
            if person.login not in taken:
                return person

    def settle(self) -> str:
        """A newcomer logs in, gets a project of their own and a role in a shared one; returns the user."""
        person = self.newcomer()
        user = self.identity.add_directory_user(person)
        own = self._personal(person, user)
        shared = self.dice.pick([row["id"] for row in self.identity.projects() if row["id"] != own])
        self.identity.grant("UserProject", user, shared, "member")
        return user

    def _domains(self) -> None:
        self.db["project"].insert(
            id=ROOT, name=ROOT, domain_id=ROOT, is_domain=True, enabled=False, extra="{}", description=""
        )
        for name, description in names.DOMAINS.items():
            self.identity.add_domain(name, description)

    def _roles(self) -> None:
        for name in ROLES:
            self.db["role"].insert(id=self.dice.hex(), name=name, extra="{}", domain_id=GLOBAL)
        research = self.identity.domain("research")
        self.db["role"].insert(id=self.dice.hex(), name="data-steward", extra="{}", domain_id=research)
        implied = [(self.identity.role(prior), self.identity.role(then)) for prior, then in IMPLIED]
        implied.append((self.identity.role("data-steward", research), self.identity.role("reader")))
        for prior, then in implied:
            self.db["implied_role"].insert(prior_role_id=prior, implied_role_id=then)

    def _catalogue(self) -> None:
        self.db["region"].insert(id="demo", description="The sample cloud", extra="{}")
        for kind, (name, url) in names.SERVICES.items():
            service = self.db["service"].insert(id=self.dice.hex(), type=kind, extra=f'{{"name": "{name}"}}')
            for interface in ("public", "internal", "admin"):
                self.db["endpoint"].insert(
                    id=self.dice.hex(),
                    interface=interface,
                    service_id=service["id"],
                    url=url,
                    region_id="demo",
                    extra="{}",
                )

    def _projects(self) -> None:
        for tenant in names.TENANTS:
            extra = {} if tenant.domain == "Default" else {"contact": f"{tenant.name}@demo.example"}
            row = self.identity.add_project(tenant, **extra)
            for tag in names.TAGS.get(tenant.name, ()):
                self.db["project_tag"].insert(project_id=row["id"], name=tag)

    def _operators(self) -> None:
        identity = self.identity
        admin = identity.add_local_user("admin", identity.project("admin"), email="admin@demo.example")
        identity.grant("UserProject", admin, identity.project("admin"), "admin")
        identity.grant("UserDomain", admin, "default", "admin")
        self._system("UserSystem", admin, "admin")
        for name in names.SERVICE_USERS:
            user = identity.add_local_user(name, identity.project("service"))
            identity.grant("UserProject", user, identity.project("service"), "service")
            identity.grant("UserProject", user, identity.project("service"), "admin")
        admins = identity.add_group("cloud-admins", "Default", "Run the cloud")
        support = identity.add_group("cloud-support", "Default", "Look at everything, touch nothing")
        for name in names.OPERATORS:
            user = identity.add_local_user(name, email=f"{name}@demo.example")
            identity.join(user, admins if name.startswith("ops-") else support)
        self._rule(admins, support)

    def _rule(self, admins: str, support: str) -> None:
        identity = self.identity
        self._system("GroupSystem", admins, "admin")
        self._system("GroupSystem", support, "reader")
        identity.grant("GroupDomain", admins, "default", "admin")
        identity.grant("GroupDomain", admins, "default", "admin", inherited=True)
        for domain in ("Default", "research", "partners"):
            identity.grant("GroupDomain", support, identity.domain(domain), "reader", inherited=True)
        for project in ("admin", "platform-ci", "platform-monitoring", "platform-images", "sandbox"):
            identity.grant("GroupProject", admins, identity.project(project), "member")

    def _system(self, kind: str, actor: str, role: str) -> None:
        role_id = self.identity.role(role)
        self.db["system_assignment"].insert(
            type=kind, actor_id=actor, target_id="system", role_id=role_id, inherited=False
        )

    def _researchers(self) -> None:
        identity = self.identity
        shared = [tenant.name for tenant in names.TENANTS if tenant.domain == "research"]
        for number in range(names.PEOPLE):
            person = self.newcomer()
            user = identity.add_directory_user(person)
            if number < names.PERSONAL_PROJECTS:
                self._personal(person, user)
            leads = number < len(shared)
            homes = [shared[number]] if leads else []
            for index, project in enumerate(dict.fromkeys(homes + self.dice.some(shared, 2))):
                role = "TenantManager" if leads and index == 0 else "member"
                identity.grant("UserProject", user, identity.project(project), role)
            if number in (0, 3):  # the heads of the two nested groups of projects
                identity.grant("UserProject", user, identity.project(shared[number]), "manager", inherited=True)
        for _ in range(names.LISTED):
            user = identity.add_directory_user(self.newcomer(), has_logged_in=False)
            identity.grant("UserProject", user, identity.project(self.dice.pick(shared)), "member")

    def _personal(self, person: Person, user: str) -> str:
        tenant = Tenant("research", f"pt-{person.login}", f"{person.given} {person.surname}'s own project")
        project = str(self.identity.add_project(tenant)["id"])
        self.identity.grant("UserProject", user, project, "TenantManager")
        self.db["user"].change(self.db["user"].get(user) or {}, default_project_id=project)
        return project

    def _partners(self) -> None:
        identity = self.identity
        self.db["identity_provider"].insert(
            id=IDP, enabled=True, domain_id=identity.domain("partners"), authorization_ttl=1440, description="Partners"
        )
        self.db["federation_protocol"].insert(id="openid", idp_id=IDP, mapping_id="partners")
        tenants = [tenant.name for tenant in names.TENANTS if tenant.domain == "partners"]
        for number, tenant in enumerate(tenants):
            group = identity.add_group(tenant, "partners", f"Everybody of {tenant}")
            identity.grant("GroupProject", group, identity.project(tenant), "member")
            person = self.newcomer()._replace(host=names.PARTNER_DOMAINS[number % len(names.PARTNER_DOMAINS)])
            user = identity.add_federated_user(person)
            identity.join(user, group)
            identity.grant("UserProject", user, identity.project(tenant), "TenantManager")
            self.db["expiring_user_group_membership"].insert(
                user_id=user, group_id=group, idp_id=IDP, last_verified=self.identity.world.until
            )

    def _leftovers(self) -> None:
        identity = self.identity
        gone, group = self.dice.hex(64), self.dice.hex(64)
        climate = identity.project("climate-modelling")
        identity.grant("UserProject", gone, climate, "member")  # the directory has forgotten this one
        self.db["id_mapping"].insert(
            public_id=group, domain_id=identity.domain("research"), local_id="climate-group", entity_type="group"
        )
        identity.grant("GroupProject", group, climate, "member")  # its members are known to the directory alone
        identity.grant("GroupProject", group, climate, "member", inherited=True)
        steward = self.db["assignment"].where("target_id", climate)[0]["actor_id"]
        role = identity.role("data-steward", identity.domain("research"))
        self.db["assignment"].insert(
            type="UserDomain", actor_id=steward, target_id=identity.domain("research"), role_id=role, inherited=True
        )
        disabled = self.db["user"].get(identity.add_directory_user(self.newcomer()))
        self.db["user"].change(disabled or {}, enabled=False)
