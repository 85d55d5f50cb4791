package = 'sys'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Time, programs, and folders of the system', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'paths >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build sys',
   install_command = 'sh rocks/make install sys "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
