# tests/c: ways to machines.
check_PROGRAMS += tests/c/test-connection
tests_c_test_connection_SOURCES = tests/c/test-connection.c
tests_c_test_connection_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-connection

check_PROGRAMS += tests/c/test-placement
tests_c_test_placement_SOURCES = tests/c/test-placement.c
tests_c_test_placement_LDADD = $(azml_test_ldadd)
TESTS += tests/c/test-placement
check_PROGRAMS += tests/c/ssh-tool
tests_c_ssh_tool_SOURCES = tests/c/ssh-tool.c
tests_c_ssh_tool_LDADD = $(azml_test_ldadd)

check_PROGRAMS += tests/c/ssh-config-tool
tests_c_ssh_config_tool_SOURCES = tests/c/ssh-config-tool.c
tests_c_ssh_config_tool_LDADD = $(azml_test_ldadd)
