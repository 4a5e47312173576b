"""An effector’s or a structure’s settings of participation and visibility: one page, plain questions."""
