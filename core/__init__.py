"""The work: collecting, personas, generation, review, the calendar. Knows neither the screen nor Notion."""
