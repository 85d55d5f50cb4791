package = 'optnet'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Nets that need less memory', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'nn >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build optnet',
   install_command = 'sh rocks/make install optnet "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
