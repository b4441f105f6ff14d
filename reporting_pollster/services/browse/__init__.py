"""Lists of projects, resources and periods, page by page, of whatever whoever asks may see."""

from reporting_pollster.services.browse.keyset import Page, Place
from reporting_pollster.services.browse.periods import PeriodFilter, period_columns, periods_page
from reporting_pollster.services.browse.projects import PROJECT_COLUMNS, ProjectFilter, one_project, projects_page
from reporting_pollster.services.browse.resources import RESOURCE_COLUMNS, SORTS, ResourceFilter, resources_page

__all__ = [
    "PROJECT_COLUMNS",
    "RESOURCE_COLUMNS",
    "SORTS",
    "Page",
    "PeriodFilter",
    "Place",
    "ProjectFilter",
    "ResourceFilter",
    "one_project",
    "period_columns",
    "periods_page",
    "projects_page",
    "resources_page",
]
