package = 'jupyter'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'The kernel of Jupyter notebooks', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch >= 1.0', 'trepl >= 1.0', 'threads >= 1.0', 'plot >= 1.0', 'xlua >= 1.0', 'paths >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build jupyter',
   install_command = 'sh rocks/make install jupyter "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
