"""What people and programs read: report, queries, exports."""
