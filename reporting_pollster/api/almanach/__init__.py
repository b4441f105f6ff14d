"""What the resources of Almanach's API share: the forms of bodies, dates, entries and errors that its clients know."""
