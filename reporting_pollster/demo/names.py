"""The invented people, projects and things of the sample cloud; every address is a documentation one."""

from __future__ import annotations

from typing import NamedTuple


class Tenant(NamedTuple):
    """A project to found: where it hangs, what it is called, whether it may still be used."""

    domain: str
    name: str
    description: str
    parent: str | None = None
    enabled: bool = True


DOMAINS = {
    "Default": "The default domain",
    "research": "Researchers, from the university's directory",
    "partners": "Partner organisations, federated",
    "heat": "Owns the users that stacks make",
}

TENANTS = (
    Tenant("Default", "admin", "Bootstrap project for initializing the cloud."),
    Tenant("Default", "service", "The services' own"),
    Tenant("Default", "platform-ci", "Builds and test runs of the platform team"),
    Tenant("Default", "platform-monitoring", "Metrics, logs and dashboards"),
    Tenant("Default", "platform-images", "Where the base images are made"),
    Tenant("Default", "sandbox", "For trying things out; cleaned without notice"),
    Tenant("research", "climate-modelling", "Regional climate ensembles"),
    Tenant("research", "climate-modelling-dev", "Development of the ensembles", parent="climate-modelling"),
    Tenant("research", "climate-archive", "Model output, kept for ten years", parent="climate-modelling"),
    Tenant("research", "genome-assembly", "Assembly and annotation of plant genomes"),
    Tenant("research", "genome-assembly-dev", "Workflow development", parent="genome-assembly"),
    Tenant("research", "genome-assembly-ci", "Workflow tests", parent="genome-assembly-dev"),
    Tenant("research", "radio-astronomy", "Low-frequency survey"),
    Tenant("research", "radio-astronomy-pipeline", "Imaging pipeline", parent="radio-astronomy"),
    Tenant("research", "materials-simulation", "Ab initio screening of battery materials"),
    Tenant("research", "machine-learning", "Shared notebooks and training"),
    Tenant("research", "machine-learning-gpu", "Training on accelerators", parent="machine-learning"),
    Tenant("research", "language-corpus", "Speech and text corpora, “Sprachräume”"),
    Tenant("research", "marine-sensors", "Buoys and gliders, live data"),
    Tenant("research", "epidemiology", "Cohort studies"),
    Tenant("research", "economics-lab", "Agent-based models"),
    Tenant("research", "soil-chemistry", "Spectra of 40,000 samples"),
    Tenant("research", "seismic-imaging", "Full waveform inversion"),
    Tenant("research", "protein-folding", "Structure prediction"),
    Tenant("research", "astro-survey-2019", "Ended; kept for its data", enabled=False),
    Tenant("research", "teaching-linux", "Courses: one machine per student"),
    Tenant("partners", "vdi-pilot", "Virtual desktops, pilot"),
    Tenant("partners", "water-authority", "Hydrological forecasts"),
    Tenant("partners", "city-open-data", "Open data portal"),
    Tenant("partners", "hospital-trials", "Trial data, encrypted"),
    Tenant("partners", "museum-digitisation", "Scans of the collections"),
)
PERSONAL_PROJECTS = 9

GHOSTS = 2
"""Projects that keystone has forgotten, but whose instances it has not."""

TAGS = {
    "climate-modelling": ("funded", "long-term"),
    "machine-learning-gpu": ("gpu",),
    "hospital-trials": ("encrypted", "restricted"),
    "teaching-linux": ("teaching",),
    "astro-survey-2019": ("ended",),
}

GIVEN = (
    "Amara", "Anneke", "Arjun", "Beatriz", "Bohdan", "Carla", "Chen", "Dalia", "Darius", "Elif", "Émile", "Fatima",
    "Freya", "Giulia", "Hana", "Henrik", "Ines", "Ivo", "Jamal", "Jorun", "Kaito", "Katya", "Lars", "Leila", "Liam",
    "Magda", "Mateo", "Mei", "Milan", "Nadia", "Nils", "Noor", "Oskar", "Paloma", "Priya", "Quentin", "Rania",
    "Rosa", "Samuel", "Siobhán", "Sven", "Tariq", "Thandi", "Ulla", "Viktor", "Wanda", "Xenia", "Yusuf", "Zofia",
)  # fmt: skip
SURNAMES = (
    "Abara", "Bakker", "Castellanos", "Dimitrov", "Eriksen", "Fontaine", "García", "Haddad", "Ibrahim", "Jansen",
    "Kowalczyk", "Lindqvist", "Müller", "Nakamura", "Okafor", "Petrova", "Quispe", "Rossi", "Schröder", "Tanaka",
    "Ueda", "Vlahović", "Wójcik", "Xu", "Yilmaz", "Zhang", "O'Brien", "van der Berg",
)  # fmt: skip

OPERATORS = ("ops-anna", "ops-bruno", "ops-carmen", "ops-dmitri", "billing-export", "capacity-planner")
SERVICE_USERS = ("nova", "cinder", "glance", "neutron", "heat", "placement")
PEOPLE = 38
"""Users of the directory who have logged in."""
LISTED = 7
"""Users of the directory who were listed, and never logged in."""

UNIVERSITIES = (
    ("Example University of Technology", "tech.example.edu"),
    ("University of Exampleton", "exampleton.example.edu"),
    ("Institute for Invented Studies", "invented.example.org"),
)
PARTNER_DOMAINS = ("water.example.net", "city.example.net", "hospital.example.net", "museum.example.net")

SERVICES = {
    "identity": ("keystone", "http://keystone.demo.example:5000/v3"),
    "compute": ("nova", "http://nova.demo.example:8774/v2.1"),
    "volumev3": ("cinder", "http://cinder.demo.example:8776/v3/$(project_id)s"),
    "image": ("glance", "http://glance.demo.example:9292"),
    "network": ("neutron", "http://neutron.demo.example:9696"),
    "orchestration": ("heat", "http://heat.demo.example:8004/v1/$(project_id)s"),
    "placement": ("placement", "http://placement.demo.example:8778"),
}
