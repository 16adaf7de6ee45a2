"""A bank's SFTP server: folders per user, passwords and public keys, and faults on command.

The protocol is asyncssh's, so that it shares nothing with the client of the product (paramiko).
"""
