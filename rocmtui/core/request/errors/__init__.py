"""Why a request failed, and what helps: the words of servers and proxies become typed errors."""
