package = 'graph'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Graphs, and pictures of them by graphviz', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build graph',
   install_command = 'sh rocks/make install graph "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
