package = 'cunn'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in the project's folder, takes what is here
description = {summary = 'Neural networks on GPUs, or on a simulated one', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'nn >= 1.0', 'cutorch >= 1.0'}
build = {
   type = 'command',
   build_command = 'sh rocks/make build cunn',
   install_command = 'sh rocks/make install cunn "$(PREFIX)" "$(LUADIR)" "$(LIBDIR)" "$(BINDIR)"',
}
