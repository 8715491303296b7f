"""Laws of interfaces between a solid and the electrolyte: reactions as data, films, double layers."""
