package = 'nngraph'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Neural networks as graphs', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'nn >= 1.0', 'graph >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build nngraph',
   install_command = 'sh rocks/make install nngraph "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
