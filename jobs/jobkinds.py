"""The kinds of jobs every installation knows."""

from jobs.imports import applying as applying
