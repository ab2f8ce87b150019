"""The workbench: server-rendered pages, one file a page; the folder is the registry."""
