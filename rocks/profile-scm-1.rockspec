package = 'profile'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Where the time goes: by operation and by module', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build profile',
   install_command = 'sh rocks/make install profile "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
