package = 'threads'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Threads with a Lua state each, and queues of jobs', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build threads',
   install_command = 'sh rocks/make install threads "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
