package = 'squareplus'
version = 'scm-1'
source = {url = 'git+file://.'} -- luarocks make, in this folder
description = {summary = 'A smooth ReLU', license = 'BSD'}
dependencies = {'lua ~> 5.1', 'torch', 'nn'}
build = {type = 'cmake', variables = {CMAKE_BUILD_TYPE = 'Release', CMAKE_INSTALL_PREFIX = '$(PREFIX)'}}
